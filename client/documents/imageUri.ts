import * as vscode from 'vscode';
import type { Image } from '../../server/cloud/services/images.ts';

/** `cloud-image:/DFW/ID/NAME.image.json`: an image of the connected cloud. The name is for people; only region and id count. */
export const imageScheme = 'cloud-image';

/** The same path with this scheme is the image as it is in the cloud now, to compare with. */
export const liveScheme = 'cloud-image-live';

export function makeImageUri(image: Image, region: string): vscode.Uri {
  const id = String(image.get('id') ?? '');
  const name = String(image.get('name') ?? '') || id;
  const file = name.replace(/[/\\:*?"<>|\p{Cc}]+/gu, '_');
  return vscode.Uri.from({ scheme: imageScheme, path: `/${region}/${id}/${file}.image.json` });
}

/** Returns region and id of an image's document; nothing for the folders above it and for anything else. */
export function parseImageUri(uri: vscode.Uri): { region: string; id: string } | undefined {
  const [, region = '', id = '', file = '', ...rest] = uri.path.split('/');
  return region && id && file.endsWith('.image.json') && rest.length === 0 ? { region, id } : undefined;
}
