import { ApiError } from '../../../kernel/apiError.ts';
import type { Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Headers } from '../headers.ts';
import { decodeLoosely, isTrue, slashInName } from '../paths.ts';
import type { ContainerRow } from '../records.ts';
import { countVersions } from './records.ts';

/** How a container keeps what is overwritten and removed, noted with its metadata under names that no client sets. */

const names = {
  location: 'x-container-sysmeta-versions-location',
  mode: 'x-container-sysmeta-versions-mode',
  enabled: 'x-container-sysmeta-versions-enabled',
  /** Versions were enabled at some time. */
  began: 'x-container-sysmeta-versions-container',
} as const;

export interface Versioning {
  /** Another container that keeps them, and whether removals are kept there too. */
  readonly elsewhere: { readonly container: string; readonly mode: 'stack' | 'history' } | undefined;
  /** The container itself has versions of its objects. */
  readonly isVersioned: boolean;
  /** It makes new ones. */
  readonly isEnabled: boolean;
}

export function versioningOf(row: ContainerRow | undefined): Versioning {
  const metadata: Headers = row?.metadata.includes('-sysmeta-') ? JSON.parse(row.metadata) : {};
  const location = metadata[names.location];
  const mode = metadata[names.mode] === 'history' ? 'history' : 'stack';
  return {
    elsewhere:
      location === undefined
        ? undefined
        : { container: decodeLoosely(location).split('/', 1)[0] ?? '', mode },
    isVersioned: metadata[names.began] !== undefined,
    isEnabled: metadata[names.enabled] === 'True',
  };
}

/** The headers in which clients read it. */
export function describeVersioning(metadata: Headers): Headers {
  const location = metadata[names.location];
  const enabled = metadata[names.enabled];
  return {
    ...(location === undefined
      ? {}
      : { [metadata[names.mode] === 'history' ? 'x-history-location' : 'x-versions-location']: location }),
    ...(enabled === undefined ? {} : { 'x-versions-enabled': enabled }),
  };
}

/** Reads `X-Versions-Location`, `X-History-Location`, `X-Versions-Enabled` and their removal. Throws 400 and 412. */
export function readVersioning({ headers }: Request, row: ContainerRow | undefined): Headers {
  return { ...readLocation(headers), ...readEnabled(headers['x-versions-enabled'], row) };
}

function readLocation(headers: Request['headers']): Headers {
  const stack = text(headers['x-versions-location']);
  const history = text(headers['x-history-location']);
  if (stack && history)
    throw new ApiError(
      'files/versions-location',
      'Only one of x-versions-location or x-history-location may be specified',
    );
  const location = stack || history;
  if (location) {
    if (location.includes('/')) throw slashInName('files/path');
    return { [names.location]: location, [names.mode]: stack ? 'stack' : 'history' };
  }
  const isRemoved =
    stack === '' ||
    history === '' ||
    Boolean(headers['x-remove-versions-location'] || headers['x-remove-history-location']);
  return isRemoved ? { [names.location]: '', [names.mode]: '' } : {};
}

function readEnabled(header: string | string[] | undefined, row: ContainerRow | undefined): Headers {
  if (header === undefined) return {};
  const metadata: Headers = row ? JSON.parse(row.metadata) : {};
  if (metadata[names.location])
    throw new ApiError(
      'files/versions',
      'Cannot enable object versioning on a container that is already using the legacy versioned writes feature.',
    );
  if (metadata['x-container-sync-to'])
    throw new ApiError(
      'files/versions',
      'Cannot enable object versioning on a container configured as source of container syncing.',
    );
  return isTrue(text(header))
    ? { [names.enabled]: 'True', [names.began]: 'True' }
    : { [names.enabled]: 'False' };
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** Inside `store.write`. Throws 409 where a container that is to go has versions. */
export function refuseToLeave({ store }: EmulatorContext, row: ContainerRow | undefined): void {
  if (row && countVersions(store, row, 'count') > 0)
    throw new ApiError('files/not-empty', 'Delete all versions before deleting container.');
}
