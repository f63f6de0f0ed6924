import * as vscode from 'vscode';
import type { Image } from '../../server/cloud/services/images.ts';
import { formatOf } from './imageText.ts';

/**
 * `cloud-image://CLOUD/DFW/ID/NAME.image.json`: an image of a cloud, which is the shown one where none is named. The name is for
 * people; only cloud, region and id count.
 */
export const imageScheme = 'cloud-image';

/** The same path with this scheme is the image as it is in the cloud now, to compare with. */
export const liveScheme = 'cloud-image-live';

/** Where an image is. */
export interface Whereabouts {
  readonly cloudId: string;
  readonly cloud: { readonly region: string };
}

/** Names the document of an image, which is YAML or JSON as the settings say. */
export function makeImageUri(image: Image, { cloudId, cloud: { region } }: Whereabouts): vscode.Uri {
  const id = String(image.get('id') ?? '');
  const name = String(image.get('name') ?? '') || id;
  const file = name.replace(/[/\\:*?"<>|\p{Cc}]+/gu, '_');
  const format = vscode.workspace.getConfiguration('cloudImages').get('images.documentFormat', 'json');
  const path = `/${region}/${id}/${file}.image.${format}`;
  return vscode.Uri.from({ scheme: imageScheme, authority: cloudId, path });
}

/** Tells whether the address names another cloud than this one. VS Code keeps names of clouds in small letters. */
export function isOfAnotherCloud({ authority }: vscode.Uri, cloudId: string): boolean {
  return authority !== '' && authority.toLowerCase() !== cloudId.toLowerCase();
}

/** Returns region and id of an image's document; nothing for the folders above it and for anything else. */
export function parseImageUri(uri: vscode.Uri): { region: string; id: string } | undefined {
  const [, region = '', id = '', file = '', ...rest] = uri.path.split('/');
  return region && id && formatOf(file) && rest.length === 0 ? { region, id } : undefined;
}
