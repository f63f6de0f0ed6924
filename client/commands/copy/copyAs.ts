import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { findImageEndpoint } from '../../../server/cloud/cloud.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { readId } from '../../cloud/imageCollection.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { openManifest } from '../../manifests/openManifest.ts';
import { Cancelled } from '../../ui/errors.ts';
import { locateRow, selectRows } from '../files/selection.ts';
import { isImageRow } from '../images/selection.ts';
import { isServerRow } from '../servers/selection.ts';
import { taskOf } from '../tasks/tasks.ts';
import { type Asked, requestForms, writeRequest } from './writeRequest.ts';

/** Copies what shows the thing of a row, or what creates what a manifest describes, as a command or a program. */
export async function copyAs(context: Context, node: unknown): Promise<void> {
  const connection = await context.source.connect();
  const uri = givenUri(node);
  const asked = uri ? await describeManifest(context, connection, uri) : describeRow(connection, node);
  const { cloud } = context.source.commandLine ?? {};
  const around = { region: connection.cloud.region, ...(cloud === undefined ? {} : { cloud }) };
  const choices = requestForms.flatMap((form) => {
    const text = writeRequest(form, asked, around);
    return text === undefined
      ? []
      : [{ label: form, description: text.split('\n').at(-1)?.trim() ?? '', text }];
  });
  const picked = await context.ui.pick(choices, t('Copy as what?'));
  if (!picked) throw new Cancelled();
  await vscode.env.clipboard.writeText(picked.text);
  vscode.window.setStatusBarMessage(t`Copied for ${picked.label}. User and password stay variables.`, 5000);
}

/** Throws where the row is of nothing that has an address. */
function describeRow({ cloud: { session, region } }: Connection, node: unknown): Asked {
  const text = JSON.stringify;
  if (isImageRow(node)) {
    const id = readId(node.seen.image);
    return {
      url: `${findImageEndpoint(session, region)}/images/${id}`,
      openstack: ['image', 'show', id],
      python: `conn.image.get_image(${text(id)})`,
    };
  }
  if (isServerRow(node)) {
    const { id } = node.live.server;
    return {
      url: `${session.endpoint('compute', region)}/servers/${id}`,
      openstack: ['server', 'show', id],
      python: `conn.compute.get_server(${text(id)})`,
    };
  }
  const task = taskOf(node);
  if (task)
    return {
      url: `${findImageEndpoint(session, region)}/tasks/${task.id}`,
      openstack: ['image', 'task', 'show', task.id],
      python: `conn.image.get_task(${text(task.id)})`,
    };
  const [row] = selectRows(node);
  const place = locateRow(row);
  if (!place) throw new Error(t('Select the row of a thing in the cloud first.'));
  const files = `${session.endpoint('object-store', region)}/${encodeURIComponent(place.container)}`;
  if (place.path === '' || place.path.endsWith('/'))
    return {
      url: place.path === '' ? files : `${files}?prefix=${encodeURIComponent(place.path)}`,
      openstack:
        place.path === ''
          ? ['container', 'show', '--', place.container]
          : ['object', 'list', `--prefix=${place.path}`, '--', place.container],
      python: `[one.name for one in conn.object_store.objects(${text(place.container)}, prefix=${text(place.path)})]`,
    };
  return {
    url: `${files}/${place.path.split('/').map(encodeURIComponent).join('/')}`,
    // Behind -- nothing is an option: an object's name may read like one, such as --os-auth-url=…
    openstack: ['object', 'show', '--', place.container, place.path],
    python: `conn.object_store.get_object_metadata(${text(place.path)}, container=${text(place.container)})`,
  };
}

/** Throws where no document of the manifest creates something by one request. */
async function describeManifest(
  context: Context,
  { cloud: { session, region } }: Connection,
  uri: vscode.Uri,
): Promise<Asked> {
  const { parts } = await openManifest(context, uri);
  const part = parts.find(({ kind }) => kind === 'import' || kind === 'export' || kind === 'server');
  if (!part)
    throw new Error(
      t('Only imports, exports and servers are created by one request. Apply this manifest instead.'),
    );
  const { data } = part;
  return part.kind === 'server'
    ? {
        url: `${session.endpoint('compute', region)}/servers`,
        python: 'conn.compute.post("/servers", json=body).json()',
        body: data,
      }
    : {
        url: `${findImageEndpoint(session, region)}/tasks`,
        python: 'conn.image.post("/tasks", json=body).json()',
        body: data,
      };
}
