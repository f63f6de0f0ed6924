import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

const scheme = 'cloud-image-plan';

/** Lines at the top that the question whether to apply the plan may cover. */
const coveredLines = 5;

/** Shows plans as documents: additions in green, removals in red. */
export class PlanDocuments implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registered = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) this.#texts.delete(uri.path);
    }),
  );

  /** `place`: the cloud, account and region that the plan is for. */
  async show(title: string, place: string, plan: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${title.replace(/[/\\]+/g, '_')}.diff` });
    // The grammar of differences takes its marks at the beginning of a line, and `!` for what changes.
    this.#texts.set(
      uri.path,
      `${place}${'\n'.repeat(coveredLines)}${plan}`.replace(
        /^ {2}([+~-]) /gm,
        (_, mark) => `${mark === '~' ? '!' : mark} `,
      ),
    );
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
  }

  provideTextDocumentContent({ path }: vscode.Uri): string {
    return this.#texts.get(path) ?? t('This plan has expired. Run Plan again.\n');
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
