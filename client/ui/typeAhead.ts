import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

/** A row of a box that answers while one types. */
export interface TypeAheadRow extends vscode.QuickPickItem {
  /** Rows of one kind that can be removed have a button for it. */
  readonly removable?: boolean;
}

/** What happens when a row is taken: the box ends, or goes on with a text, and rows in place of those that it would have. */
export type Taken<Row> = 'done' | { readonly text: string; readonly rows?: readonly Row[] };

/** A box that answers while one types. */
export interface TypeAhead<Row extends TypeAheadRow> {
  readonly title: string;
  readonly placeHolder: string;
  readonly text: string;
  /** Rows for what is typed, the first of which Enter takes. */
  rows(text: string): readonly Row[];
  /** Called at each key. */
  typed(text: string): void;
  take(row: Row, text: string): Promise<Taken<Row>>;
  remove?(row: Row): Promise<void>;
}

/** Shows the box until a row ends it, and tells whether one did: otherwise the person left it. */
export function typeAhead<Row extends TypeAheadRow>(box: TypeAhead<Row>): Promise<boolean> {
  const list = vscode.window.createQuickPick<Row>();
  const remove = { iconPath: new vscode.ThemeIcon('trash'), tooltip: t('Delete') };
  const show = (rows: readonly Row[]): void => {
    // The list itself would drop rows that do not hold what is typed.
    list.items = rows.map((row) => ({
      ...row,
      alwaysShow: true,
      ...(row.removable ? { buttons: [remove] } : {}),
    }));
    list.activeItems = list.items.slice(0, 1);
  };
  const goOn = (text: string): void => {
    box.typed(text);
    show(box.rows(text));
  };
  list.title = box.title;
  list.placeholder = box.placeHolder;
  list.value = box.text;
  list.ignoreFocusOut = true; // what is shown can be looked at
  show(box.rows(box.text));
  return new Promise((resolve) => {
    let isOpen = true;
    const finish = (isDone: boolean): void => {
      isOpen = false;
      resolve(isDone);
      list.dispose();
    };
    const take = async (row: Row): Promise<void> => {
      list.busy = true;
      list.enabled = false;
      const taken = await box.take(row, list.value);
      if (!isOpen) return; // the person left meanwhile
      list.busy = false;
      list.enabled = true;
      if (taken === 'done') return finish(true);
      list.value = taken.text;
      box.typed(taken.text);
      show(taken.rows ?? box.rows(taken.text));
    };
    list.onDidChangeValue(goOn);
    list.onDidAccept(() => {
      // Who types fast presses Enter before the list has heard which of the new rows is active: the first.
      const [active] = list.activeItems;
      const row = active && list.items.includes(active) ? active : list.items[0];
      if (row) void take(row);
    });
    list.onDidTriggerItemButton(async ({ item }) => {
      await box.remove?.(item);
      show(box.rows(list.value));
    });
    list.onDidHide(() => finish(false));
    list.show();
  });
}
