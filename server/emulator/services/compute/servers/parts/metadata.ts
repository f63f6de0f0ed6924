import type { JsonObject } from '../../../../../rules/json.ts';
import type { EmulatorContext } from '../../../context.ts';
import type { ComputeRequest, OnCompute } from '../../api/compute.ts';
import { requireWriter } from '../../api/permissions.ts';
import { itemNotFound, refuseMetadata, refuseMismatch } from '../../api/refuse.ts';
import { metadataSchema, oneMetadataSchema } from '../../schemas/metadata.ts';
import { findServer, requireState, requireUnlocked } from '../find.ts';
import { readObject } from '../rows.ts';

/** `/servers/ID/metadata` (SOURCES: nova §10). */
export function serverMetadataRoutes(on: OnCompute, context: EmulatorContext): void {
  const path = '/servers/:id/metadata';
  const read = (asked: ComputeRequest) => readObject(findServer(context, asked).metadata);
  const change = (
    asked: ComputeRequest,
    { policy, verb = 'update' }: { policy: string; verb?: string },
    wanted: (before: JsonObject) => JsonObject,
  ) =>
    context.store.write(() => {
      const row = findServer(context, asked);
      requireWriter(context, asked, `server-metadata:${policy}`);
      const metadata = wanted(readObject(row.metadata));
      requireUnlocked(row, asked);
      requireState(row, `${verb} metadata`, ['active', 'paused', 'suspended', 'stopped'], true);
      requireFew(context, asked, metadata);
      context.servers.change(row, { metadata: JSON.stringify(metadata) });
      return metadata;
    });

  on('GET', path, (asked) => ({ status: 200, body: { metadata: read(asked) } }));
  on('POST', path, async (asked) => {
    const body = await asked.read(metadataSchema);
    const added = body['metadata'] as JsonObject; // the schema says so
    const metadata = await change(asked, { policy: 'create' }, (before) => ({ ...before, ...added }));
    return { status: 200, body: { metadata } };
  });
  on('PUT', path, async (asked) => {
    const body = await asked.read(metadataSchema);
    const metadata = await change(asked, { policy: 'update_all' }, () => body['metadata'] as JsonObject);
    return { status: 200, body: { metadata } };
  });
  on('GET', `${path}/:key`, (asked) => {
    const key = asked.param('key');
    return { status: 200, body: { meta: { [key]: readItem(read(asked), key) } } };
  });
  on('PUT', `${path}/:key`, async (asked) => {
    const body = await asked.read(oneMetadataSchema);
    const meta = body['meta'] as JsonObject; // the schema says so
    await change(asked, { policy: 'update' }, (before) => {
      if (!Object.hasOwn(meta, asked.param('key'))) throw refuseMismatch();
      return { ...before, ...meta };
    });
    return { status: 200, body };
  });
  on('DELETE', `${path}/:key`, async (asked) => {
    const key = asked.param('key');
    await change(asked, { policy: 'delete', verb: 'delete' }, (before) => {
      readItem(before, key);
      const { [key]: removed, ...rest } = before;
      return rest;
    });
    return { status: 204 };
  });
}

/** Throws 404. */
function readItem(metadata: JsonObject, key: string) {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  if (value === undefined) throw itemNotFound('Metadata item was not found');
  return value;
}

function requireFew(
  { quotas }: EmulatorContext,
  { region, account }: ComputeRequest,
  metadata: JsonObject,
): void {
  const most = quotas.limit(region, account.id, 'metadata_items');
  if (most >= 0 && Object.keys(metadata).length > most) throw refuseMetadata(most);
}
