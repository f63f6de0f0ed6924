import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { foreignFormats, foreignTools } from '../../../server/manifests/foreignFormats.ts';
import { readManifest } from '../../../server/manifests/read.ts';
import { type ConvertedFormat, convertImages as convert } from '../../../server/workspace/foreign/convert.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { formatOf } from '../../manifests/openManifest.ts';
import { openFolders } from '../../manifests/workspace.ts';
import { Cancelled } from '../../ui/errors.ts';

/** Writes the images of a file in the form of another tool, or as image manifests, into a document that is not saved yet. */
export async function convertImages(context: Context, given: unknown): Promise<void> {
  const { ui } = context;
  const uri = givenUri(given) ?? vscode.window.activeTextEditor?.document.uri;
  if (!uri) throw new Error(t('Open the file whose images are to be converted.'));
  const rows = [
    { label: t('Image manifest'), description: '*.image.yaml', to: 'manifest' as ConvertedFormat },
    ...foreignFormats.map((format) => ({
      label: foreignTools[format],
      description: format,
      to: format as ConvertedFormat,
    })),
  ];
  const picked = await ui.pick(rows, t('Convert the images to which form?'));
  if (!picked) throw new Cancelled();
  const document = await vscode.workspace.openTextDocument(uri);
  const path = uri.scheme === 'file' ? uri.fsPath : uri.path;
  const told = uri.scheme === 'file' ? await openFolders(context).kindHint(path) : undefined;
  const own = formatOf(document);
  const file = readManifest({ text: document.getText(), path, told, format: own });
  const name = vscode.workspace.asRelativePath(uri);
  const { text, format, losses, notes } = convert([{ file, name }], picked.to, own);
  if (losses.length > 0) {
    const question = t`Not all of ${name} can be said in this form: ${picked.label}.`;
    if (!(await ui.confirm(question, losses.join('\n'), t('Leave It Out')))) throw new Cancelled();
  }
  const ofManifests = format === 'json' ? 'image-manifest-json' : 'image-manifest';
  const language = picked.to === 'manifest' ? ofManifests : format;
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ content: text, language }),
    vscode.ViewColumn.Beside,
  );
  if (notes.length > 0) void ui.inform(notes.join(' '));
}
