import type { Json, JsonObject } from '../../../../rules/json.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { classOf } from '../../../../rules/service/attributes.ts';
import { applyPatch, type Operation, refuseOperation } from '../../../../rules/service/patchBody.ts';
import { ApiError, toApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { itemNotFound, refuseMismatch } from '../api/refuse.ts';
import { metadataSchema, oneMetadataSchema } from '../schemas/metadata.ts';
import { findImage, readMetadata, requireOwn, throughNova } from './find.ts';

const versions = { until: 38 };

/** `/images/ID/metadata`: the image's custom properties (SOURCES: nova §9). */
export function imageMetadataRoutes(on: OnCompute, context: EmulatorContext): void {
  const { images, store } = context;
  const path = '/images/:id/metadata';
  const read = (asked: ComputeRequest) =>
    readMetadata(context, images.view(findImage(context, asked)), asked.caller);
  const change = (asked: ComputeRequest, wanted: (before: JsonObject) => JsonObject) =>
    store.write(() => changeProperties(context, asked, wanted));

  on('GET', path, (asked) => ({ status: 200, body: { metadata: read(asked) } }), versions);
  on(
    'POST',
    path,
    async (asked) => {
      const body = await asked.read(metadataSchema);
      const added = body['metadata'] as JsonObject; // the schema says so
      const metadata = await change(asked, (before) => ({ ...before, ...added }));
      return { status: 200, body: { metadata } };
    },
    versions,
  );
  on(
    'PUT',
    path,
    async (asked) => {
      const body = await asked.read(metadataSchema);
      await change(asked, () => body['metadata'] as JsonObject);
      return { status: 200, body };
    },
    versions,
  );
  on(
    'GET',
    `${path}/:key`,
    (asked) => {
      const metadata = read(asked);
      const key = asked.param('key');
      if (!Object.hasOwn(metadata, key)) throw itemNotFound();
      return { status: 200, body: { meta: { [key]: metadata[key] } } };
    },
    versions,
  );
  on(
    'PUT',
    `${path}/:key`,
    async (asked) => {
      const body = await asked.read(oneMetadataSchema);
      const meta = body['meta'] as JsonObject; // the schema says so
      if (!Object.hasOwn(meta, asked.param('key'))) throw refuseMismatch();
      await change(asked, (before) => ({ ...before, ...meta }));
      return { status: 200, body };
    },
    versions,
  );
  on(
    'DELETE',
    `${path}/:key`,
    async (asked) => {
      await change(asked, (before) => {
        const { [asked.param('key')]: removed, ...rest } = before;
        if (removed === undefined) throw itemNotFound('Invalid metadata key');
        return rest;
      });
      return { status: 204 };
    },
    versions,
  );
}

/** Inside `store.write`: makes the metadata of an image what it is wanted to be. Answers what it is then. */
function changeProperties(
  context: EmulatorContext,
  asked: ComputeRequest,
  change: (before: JsonObject) => JsonObject,
): JsonObject {
  const { images } = context;
  const row = findImage(context, asked);
  const before = readMetadata(context, images.view(row), asked.caller);
  const wanted = change(before);
  requireFew(context, asked, wanted);
  const notAuthorized = `Not authorized for image ${row.id}.`;
  requireOwn(context, row, asked.caller, notAuthorized);
  const operations = listOperations(before, wanted);
  const changing = throughNova(context, asked.caller);
  const refusal = operations.map((operation, at) => refuseOperation(operation, at, changing)).find(Boolean);
  const patched = refusal ?? applyPatch(images.view(row), operations, changing);
  if ('rule' in patched) {
    const { rule, status, text } = patched;
    throw new ApiError(rule, status === 403 ? notAuthorized : text, { status });
  }
  return readMetadata(
    context,
    operations.length === 0 ? images.view(row) : images.update(row, patched.image),
    asked.caller,
  );
}

/** Names of other attributes are passed over, as Nova does. */
function listOperations(before: JsonObject, wanted: JsonObject): Operation[] {
  const path = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const set = Object.entries(wanted)
    .filter(([name, value]) => value !== before[name] && isCustom(name))
    .map(([name, value]): Operation => ({ op: 'add', path: path(name), value: String(value) }));
  const removed = Object.keys(before)
    .filter((name) => !Object.hasOwn(wanted, name))
    .map((name): Operation => ({ op: 'remove', path: path(name) }));
  return [...set, ...removed];
}

function isCustom(name: string): boolean {
  return classOf(name) === 'custom' || name.startsWith('os_glance');
}

/** Throws 403, or 413 as Rackspace's service did, where an image would have more metadata than it may. */
function requireFew(
  { quotas, profile }: EmulatorContext,
  { region, account }: ComputeRequest,
  metadata: Readonly<Record<string, Json>>,
): void {
  const isNova = profile.compute.hasMicroversions;
  const most = isNova ? quotas.limit(region, account.id, 'metadata_items') : profile.limits.imageMetadata;
  if (most >= 0 && Object.keys(metadata).length > most)
    throw toApiError({ rule: 'compute/quota', ...answers.imageMetadataLimit(isNova ? 403 : 413) });
}
