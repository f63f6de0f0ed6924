import * as vscode from 'vscode';
import type { Whereabouts } from '../documents/imageUri.ts';

/** `cloud-object://CLOUD/DFW/CONTAINER/NAME`: an object of Cloud Files that the disk viewer shows. No file system serves it. */
export const objectScheme = 'cloud-object';

export function makeObjectUri(
  { container, path }: { readonly container: string; readonly path: string },
  { cloudId, cloud: { region } }: Whereabouts,
): vscode.Uri {
  return vscode.Uri.from({
    scheme: objectScheme,
    authority: cloudId,
    path: `/${region}/${container}/${path}`,
  });
}

/** VS Code keeps names of clouds in small letters. */
export function parseObjectUri({ authority, path }: vscode.Uri) {
  const [, region = '', container = '', ...name] = path.split('/');
  return { cloudId: authority.toLowerCase(), region, container, name: name.join('/') };
}
