import { ApiError, notFound, statusTexts } from '../../../kernel/apiError.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { encodePath, type Target } from '../paths.ts';
import type { ObjectRow } from '../records.ts';
import { refuse } from '../refusals.ts';
import { versioningOf } from './container.ts';
import { asObject, findVersion, removedType } from './records.ts';

/** `version-id` of the query, as versions are written; `null`: an object without one. Throws 400. */
export function readVersionId(
  { objects }: EmulatorContext,
  region: string,
  { account, container }: Target,
  request: Request,
): string | undefined {
  const asked = readQuery(request).get('version-id');
  if (!asked) return undefined;
  if (request.method === 'POST')
    throw new ApiError('files/versions', 'POST to a specific version is not allowed');
  if (asked === 'null') return asked;
  if (!versioningOf(objects.container(region, account, container)).isVersioned)
    throw new ApiError('files/versions', 'version-aware operations require that the container is versioned');
  const [, seconds, digits = ''] = /^(\d{1,10})(?:\.(\d{1,5}))?$/.exec(asked) ?? [];
  if (seconds === undefined) throw new ApiError('files/versions', 'Invalid version parameter');
  return `${seconds.padStart(10, '0')}.${digits.padEnd(5, '0')}`;
}

/** An object, or a version of it, and what tells which one. `account`: as the path names it. */
export function readVersion(
  context: EmulatorContext,
  region: string,
  target: Target,
  request: Request,
  account: string,
): { readonly row: ObjectRow; readonly headers: Readonly<Record<string, string>> } {
  const asked = readVersionId(context, region, target, request);
  const container = context.objects.container(region, target.account, target.container);
  if (asked === undefined || asked === 'null') {
    const row = context.objects.find(region, target.account, target.container, target.object);
    if (!row || (asked === 'null' && row.version !== null))
      throw new ApiError('files/not-found', statusTexts[404], {
        headers:
          versioningOf(container).isVersioned && asked === undefined ? { 'x-object-version-id': 'null' } : {},
      });
    if (!versioningOf(container).isVersioned)
      return { row, headers: asked === undefined ? {} : { 'x-object-version-id': 'null' } };
    if (row.version === null) return { row, headers: { 'x-object-version-id': 'null' } };
    const path = `/v1/${account}/${encodePath(`${target.container}/${target.object}`)}`;
    return {
      row,
      headers: {
        'x-object-version-id': row.version,
        'content-location': `${path}?version-id=${row.version}`,
      },
    };
  }
  const found = container && findVersion(context.store, container.key, target.object, asked);
  if (!found) throw notFound('files/not-found');
  const headers = { 'x-object-version-id': asked };
  if (found.blob === null) throw refuse('files/not-found', { ...headers, 'content-type': removedType });
  return { row: asObject({ ...found, blob: found.blob }), headers };
}
