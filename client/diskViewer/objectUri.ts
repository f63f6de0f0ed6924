import * as vscode from 'vscode';
import type { Connection } from '../cloud/cloudSource.ts';

/** `cloud-object://CLOUD/DFW/CONTAINER/NAME?ACCOUNT`: an object of Cloud Files that the disk viewer shows. No file system serves it. */
export const objectScheme = 'cloud-object';

type Whereabouts = Pick<Connection, 'cloudId' | 'cloud'>;

export function makeObjectUri(
  { container, path }: { readonly container: string; readonly path: string },
  { cloudId, cloud: { region, session } }: Whereabouts,
): vscode.Uri {
  return vscode.Uri.from({
    scheme: objectScheme,
    authority: cloudId,
    path: `/${region}/${container}/${path}`,
    query: session.account.id,
  });
}

/** VS Code keeps names of clouds in small letters. */
export function parseObjectUri({ authority, path, query }: vscode.Uri) {
  const [, region = '', container = '', ...name] = path.split('/');
  return { cloudId: authority.toLowerCase(), region, account: query, container, name: name.join('/') };
}

/** Tells whether a connection is to the cloud, region and account that an object is of. */
export function isObjectOf(
  { cloudId, region, account }: ReturnType<typeof parseObjectUri>,
  connection: Whereabouts,
): boolean {
  const { cloud } = connection;
  const isCloud = connection.cloudId.toLowerCase() === cloudId && cloud.region === region;
  return isCloud && cloud.session.account.id === account;
}
