import { ApiError } from '../../../kernel/apiError.ts';
import type { Request } from '../../../kernel/routes.ts';
import { badRequest } from './refuse.ts';

/** The minor versions of the Compute API v2 that are served. */
export const newest = 93;

const header = 'openstack-api-version';
const oldHeader = 'x-openstack-nova-api-version';

/**
 * Reads the microversion that a request asks for, as its minor number (SOURCES: nova §1). Throws 400 and 406, and calls
 * `tell` with a version that can be told to the client.
 */
export function readVersion({ headers }: Request, tell: (version: string) => void): number {
  const asked = findAsked(headers[header], headers[oldHeader]);
  if (asked === undefined || asked === '') return 1;
  if (asked === 'latest') return newest;
  const [, major, minor] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked) ?? [];
  if (major === undefined)
    throw badRequest(
      `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`,
      'compute/version',
    );
  const number = Number(minor);
  if (major === '2' && number >= 1 && number <= newest) return number;
  tell(asked);
  throw new ApiError(
    'compute/version',
    `Version ${asked} is not supported by the API. Minimum is 2.1 and maximum is 2.${newest}.`,
  );
}

function findAsked(
  modern: string | string[] | undefined,
  old: string | string[] | undefined,
): string | undefined {
  for (const part of [modern ?? []].flat().flatMap((value) => value.split(','))) {
    const [service, version] = part.trim().split(/\s+/, 2);
    if (service?.toLowerCase() === 'compute' && version !== undefined)
      return version.toLowerCase() === 'latest' ? 'latest' : version;
  }
  return modern === undefined ? [old ?? []].flat()[0]?.trim() : undefined;
}
