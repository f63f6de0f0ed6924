import type { Caller } from '../../../../rules/profile/profile.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { readLimit } from '../../listQuery.ts';
import { findVisibleImage } from '../access.ts';
import type { ImageRow } from '../view.ts';
import { splitBranches } from './branches.ts';
import { readFilters } from './filters.ts';
import { readOrder } from './order.ts';
import type { Found } from './queryPlanner.ts';

export interface Page {
  readonly rows: readonly Found[];
  /** Path and query of this list without the marker, and of the page that follows, if any. */
  readonly first: string;
  readonly next: string | undefined;
}

const defaultLimit = 25;
const largestLimit = 1000;

/** One page of the images that the caller may list (SOURCES: glance §5, rackspace §1.2). Throws 400, 403. */
export async function listImages(
  context: Pick<EmulatorContext, 'images' | 'imageLists' | 'profile'>,
  caller: Caller,
  region: string,
  query: URLSearchParams,
): Promise<Page> {
  const limit = readLimit(query, { fallback: defaultLimit, largest: largestLimit });
  const asked = {
    region,
    branches: splitBranches(context.profile, caller, region, query),
    filters: readFilters(context.profile, region, query),
    order: readOrder(query),
    marker: readMarker(context, caller, region, query),
    limit,
  };
  const rows = limit === 0 ? [] : await context.imageLists.page(asked);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { rows, first: formatPath(query), next: last && formatPath(query, last.id) };
}

function readMarker(
  { images, profile }: Pick<EmulatorContext, 'images' | 'profile'>,
  caller: Caller,
  region: string,
  query: URLSearchParams,
): ImageRow | undefined {
  const marker = query.get('marker');
  if (marker === null) return undefined;
  if (!images.find(region, marker)) throw new ApiError('list/marker', `No image found with ID ${marker}`);
  try {
    return findVisibleImage(images, profile, caller, region, marker);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError('image/visible', `Forbidding request, image ${marker} not visible`, { status: 403 });
  }
}

/** The query as Python's `urlencode` writes it, the marker last. */
function formatPath(query: URLSearchParams, marker?: string): string {
  const parameters = [...query].filter(([name]) => name !== 'marker');
  if (marker !== undefined) parameters.push(['marker', marker]);
  const text = parameters.map((parameter) => parameter.map(quoted).join('=')).join('&');
  return `/v2/images${text ? `?${text}` : ''}`;
}

function quoted(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
