import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Context } from '../../context.ts';
import { activeOrPicked, givenUri } from '../../manifests/manifestFiles.ts';
import { chooseImport, locateDisk, openManifest } from '../../manifests/openManifest.ts';

/** Shows the disk of an import in its viewer. */
export async function showDiskOfImport(context: Context, uri: unknown): Promise<void> {
  const file =
    givenUri(uri) ?? (await activeOrPicked(context, ['import'], t('Show the disk of which import?')));
  const manifest = await openManifest(context, file);
  const part = await chooseImport(context, manifest, undefined);
  await vscode.commands.executeCommand(
    'vscode.openWith',
    vscode.Uri.file(await locateDisk(manifest, part)),
    'cloudImages.disk',
  );
}
