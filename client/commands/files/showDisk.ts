import * as vscode from 'vscode';
import type { Context } from '../../context.ts';
import { makeObjectUri } from '../../diskViewer/objectUri.ts';
import { locateObject, selectRows } from './selection.ts';

/** Shows an object of Cloud Files in the disk viewer, and a segment by the object that it is of. */
export async function showObject({ source }: Context, node: unknown): Promise<void> {
  const [row] = selectRows(node);
  const place = locateObject(row?.kind === 'segment' || row?.kind === 'gap' ? row.of : row);
  const uri = makeObjectUri(place, await source.connect());
  await vscode.commands.executeCommand('vscode.openWith', uri, 'cloudImages.disk');
}
