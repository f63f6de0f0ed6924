import { t } from '@vscode/l10n';
import type { Context } from '../../context.ts';
import { refuseRepair, repairFile } from '../../diskViewer/repairFile.ts';
import { activeOrPicked, givenUri } from '../../manifests/manifestFiles.ts';
import { chooseImport, locateDisk, openManifest } from '../../manifests/openManifest.ts';

/** Repairs the disk of an import where that needs no guess, after a yes; it can be undone. */
export async function repairDisk(context: Context, uri: unknown, index: unknown): Promise<void> {
  const refused = refuseRepair();
  if (refused) throw new Error(refused);
  const file =
    givenUri(uri) ?? (await activeOrPicked(context, ['import'], t('Repair the disk of which import?')));
  const manifest = await openManifest(context, file);
  const part = await chooseImport(context, manifest, typeof index === 'number' ? index : undefined);
  await repairFile(context, await locateDisk(manifest, part));
}
