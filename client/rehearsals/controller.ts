import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { isImageTest } from '../../server/manifests/kinds.ts';
import type { Context } from '../context.ts';
import type { RehearsalItems } from './items.ts';

/**
 * Shows the manifests of the workspace in the Test Explorer. What finds and runs them is loaded when the explorer is opened, or
 * a manifest.
 */
export function registerRehearsals(
  context: Pick<Context, 'source' | 'log' | 'cli' | 'rulesPage'>,
): vscode.Disposable & {
  readonly controller: vscode.TestController;
} {
  const controller = vscode.tests.createTestController('cloudImages.rehearsals', t('Image Manifests'));
  let items: Promise<RehearsalItems> | undefined;
  const open = (): Promise<RehearsalItems> => {
    items ??= import('./items.ts').then((module) => new module.RehearsalItems(context, controller));
    return items;
  };
  const discover = async (): Promise<void> => (await open()).discover();
  controller.resolveHandler = async (item) => (item ? undefined : discover());
  controller.refreshHandler = discover;
  const add = (name: string, kind: vscode.TestRunProfileKind): void => {
    const profile = controller.createRunProfile(
      name,
      kind,
      async (request, token) => {
        if (!request.include) await discover();
        const { runRehearsals } = await import('./runs.ts');
        await runRehearsals({ context, controller, request, token, withCoverage: kind === coverage });
      },
      kind === vscode.TestRunProfileKind.Run,
      undefined,
      true,
    );
    if (kind === coverage)
      profile.loadDetailedCoverage = async (_run, file) =>
        'details' in file ? [...(file.details as vscode.FileCoverageDetail[])] : [];
  };
  const coverage = vscode.TestRunProfileKind.Coverage;
  add(t('Rehearse'), vscode.TestRunProfileKind.Run);
  add(t('Rehearse, and show which rules were exercised'), coverage);
  const manifests = ['image-manifest', 'image-manifest-json'];
  const refresh = async ({ uri, languageId }: vscode.TextDocument): Promise<void> => {
    const isOurs = uri.scheme === 'file' && manifests.includes(languageId) && !isImageTest(uri.path);
    if (isOurs && vscode.workspace.getWorkspaceFolder(uri)) await (await open()).refresh(uri);
  };
  // What is open already waits until the window stands.
  const later = setTimeout(() => vscode.workspace.textDocuments.forEach((one) => void refresh(one)), 1000);
  const opening = vscode.workspace.onDidOpenTextDocument((document) => void refresh(document));
  return {
    controller,
    dispose: () => {
      clearTimeout(later);
      opening.dispose();
      void items?.then((found) => found.dispose());
      controller.dispose();
    },
  };
}
