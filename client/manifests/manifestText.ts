import * as vscode from 'vscode';
import { decodeText } from '../../server/manifests/encoding.ts';

/** Above this, a file is none that a person wrote, and is not read unless it is opened. */
const maximumBytes = 1_000_000;

/** Reads a manifest as it is in the editor or on disk. Undefined where it is gone, too large, or no text. */
export async function readManifestText(uri: vscode.Uri): Promise<string | undefined> {
  const key = uri.toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
  if (open) return open.getText();
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > maximumBytes) return undefined;
    const decoded = decodeText(await vscode.workspace.fs.readFile(uri));
    return 'fault' in decoded ? undefined : decoded.text;
  } catch {
    return undefined; // it is gone by now
  }
}
