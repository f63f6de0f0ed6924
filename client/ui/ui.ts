import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { Cancelled } from './errors.ts';
import { askStep, type FormAnswer, type FormStep, type Objection } from './formStep.ts';
import { type TypeAhead, type TypeAheadRow, typeAhead } from './typeAhead.ts';
import { formatSize } from './units.ts';

export interface Progress {
  /** 0 to 1, and what is done. */
  report(fraction: number, message: string): void;
}

export interface Asking {
  /** The initial text. */
  readonly value?: string;
  readonly placeHolder?: string;
  /** Nobody sees what is typed. */
  readonly password?: boolean;
}

/** Reports bytes as a person reads them: `3 MB of 5 GB uploaded`. */
export function reportBytes(
  progress: Progress,
  done: string,
): { readonly progress: (bytes: number, total: number) => void } {
  return {
    progress: (bytes, total) =>
      progress.report(
        total === 0 ? 1 : bytes / total,
        t`${formatSize(bytes)} of ${formatSize(total)} ${done}`,
      ),
  };
}

/** Every way in which a command turns to the person. Tests pass their own, which answers in the person's place. */
export interface Ui {
  /** A dialog, or, `besidePlan`, a list at the top of the window that lets the person read on in the document. */
  confirm(
    question: string,
    detail: string,
    verb: string,
    how?: { readonly besidePlan: true },
  ): Promise<boolean>;
  pick<T extends vscode.QuickPickItem>(items: readonly T[], title: string): Promise<T | undefined>;
  ask(
    title: string,
    validate: (text: string) => Objection | undefined,
    how?: Asking,
  ): Promise<string | undefined>;
  /** One question of a form. */
  step(step: FormStep): Promise<FormAnswer>;
  /** A box that answers while one types. Tells whether the person ended it by a row, rather than leaving it. */
  typeAhead<Row extends TypeAheadRow>(box: TypeAhead<Row>): Promise<boolean>;
  /** Returns any number of items, or nothing where the person cancels. */
  pickMany<T extends vscode.QuickPickItem>(
    items: readonly T[],
    title: string,
  ): Promise<readonly T[] | undefined>;
  /** A file of this machine to read; `save`: one to write, which is proposed by name. `verb`: on the button. */
  chooseFile(
    title: string,
    how?: { readonly save?: string; readonly verb?: string },
  ): Promise<string | undefined>;
  /** A folder of this machine. `verb`: on the button; `from`: the folder that is shown first. */
  chooseFolder(title: string, verb: string, from?: string): Promise<string | undefined>;
  /** Opens a folder of this machine in a window: this one where nothing is open in it. */
  openWorkspace(folder: string): Promise<void>;
  /** Resolves to the action that was taken, if any. */
  inform(message: string, ...actions: string[]): Promise<string | undefined>;
  complain(message: string, ...actions: string[]): Promise<string | undefined>;
  /** Work that can be cancelled. */
  progress<T>(title: string, work: (progress: Progress, signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Stays open while the person scrolls what it is about. */
function confirmBeside(question: string, detail: string, verb: string): Promise<boolean> {
  const list = vscode.window.createQuickPick();
  list.title = question;
  list.placeholder = detail;
  list.ignoreFocusOut = true;
  list.items = [{ label: verb, iconPath: new vscode.ThemeIcon('check') }, { label: t('Cancel') }];
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      resolve(list.selectedItems[0]?.label === verb);
      list.dispose();
    });
    list.onDidHide(() => {
      resolve(false);
      list.dispose();
    });
    list.show();
  });
}

/** Takes the links out of a text: the editor runs `[name](command:…)` at a click, and others choose the names of what they share. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

export function vscodeUi(): Ui {
  return {
    openWorkspace: async (folder) => {
      const forceNewWindow = (vscode.workspace.workspaceFolders ?? []).length > 0;
      await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder), { forceNewWindow });
    },
    confirm: async (question, detail, verb, how) =>
      how
        ? confirmBeside(question, detail, verb)
        : (await vscode.window.showWarningMessage(question, { modal: true, detail }, verb)) === verb,
    pick: async (items, title) =>
      vscode.window.showQuickPick([...items], { title, matchOnDescription: true }),
    pickMany: async (items, title) =>
      vscode.window.showQuickPick([...items], { title, canPickMany: true, matchOnDescription: true }),
    ask: async (title, validate, how = {}) =>
      vscode.window.showInputBox({
        title,
        ...how,
        ignoreFocusOut: how.password === true,
        validateInput: (text) => {
          const objection = validate(text);
          if (objection === undefined) return null;
          if (typeof objection === 'string') return withoutLinks(objection);
          return { message: withoutLinks(objection.note), severity: vscode.InputBoxValidationSeverity.Info };
        },
      }),
    step: askStep,
    typeAhead,
    chooseFile: async (title, { save, verb } = {}) => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
      if (save === undefined) {
        const from = folder ? { defaultUri: folder } : {};
        return (await vscode.window.showOpenDialog({ title, openLabel: verb ?? t('Upload'), ...from }))?.[0]
          ?.fsPath;
      }
      const to = folder ? { defaultUri: vscode.Uri.joinPath(folder, save) } : {};
      return (await vscode.window.showSaveDialog({ title, saveLabel: verb ?? t('Download'), ...to }))?.fsPath;
    },
    chooseFolder: async (title, verb, from) => {
      const folder = from === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri : vscode.Uri.file(from);
      const start = folder ? { defaultUri: folder } : {};
      const how = { title, openLabel: verb, canSelectFiles: false, canSelectFolders: true, ...start };
      return (await vscode.window.showOpenDialog(how))?.[0]?.fsPath;
    },
    inform: async (message, ...actions) =>
      vscode.window.showInformationMessage(withoutLinks(message), ...actions),
    complain: async (message, ...actions) =>
      vscode.window.showErrorMessage(withoutLinks(message), ...actions),
    progress: async (title, work) =>
      vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: withoutLinks(title), cancellable: true },
        async (report, token) => {
          const abort = new AbortController();
          token.onCancellationRequested(() => abort.abort(new Cancelled()));
          let before = 0;
          const progress: Progress = {
            report: (fraction, message) => {
              report.report({ increment: (fraction - before) * 100, message: withoutLinks(message) });
              before = fraction;
            },
          };
          return work(progress, abort.signal);
        },
      ),
  };
}
