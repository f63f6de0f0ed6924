import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { misbehavior } from './bodies.ts';
import type { Session } from './session.ts';

/** Parameters of a list; one may stand several times in `URLSearchParams`. */
export type ListQuery = Readonly<Record<string, string>> | URLSearchParams;

/** The pages of a list, following Glance's `next` or Nova's `MEMBER_links` until there is none. */
export async function* readPages(
  session: Session,
  url: string,
  member: string,
  query: ListQuery,
  signal?: AbortSignal,
): AsyncGenerator<JsonObject[], void> {
  let search = new URLSearchParams(query);
  const progress = openListProgress({ method: 'GET', url });
  for (;;) {
    const body = await session.json(search.size > 0 ? `${url}?${search}` : url, { signal });
    if (!isObject(body)) return;
    const items = Array.isArray(body[member]) ? body[member].filter(isObject) : [];
    const next = body['next'] ?? findNext(body[`${member}_links`]);
    if (items.length > 0 || typeof next === 'string') progress.note(items.map(({ id }) => String(id)));
    yield items;
    if (typeof next !== 'string') return;
    // Glance knows nothing of a prefix in its public address, so only the query of `next` is to be trusted.
    search = new URLSearchParams(next.slice(next.indexOf('?') + 1));
  }
}

function findNext(links: Json | undefined): Json | undefined {
  const found = Array.isArray(links) ? links.filter(isObject).find(({ rel }) => rel === 'next') : undefined;
  return found?.['href'];
}

/** The longest list that is read: what is longer belongs into a filter. */
const maximumItems = 1_000_000;

/** The most pages that are asked for: a cloud may send one entry at a time. */
const maximumPages = 10_000;

/** Notes the pages of a list as they come, so that a cloud that never ends it is given up. */
export interface ListProgress {
  /** Throws CloudError for a page that brings nothing new, and where the list becomes too long. */
  note(page: readonly string[]): void;
}

export function openListProgress(request: { readonly method: string; readonly url: string }): ListProgress {
  const seen = new Set<string>();
  let noted = 0;
  return {
    note(page) {
      const before = seen.size;
      for (const item of page) seen.add(item);
      if (seen.size === before) throw misbehavior(request, 'the list repeats itself and would never end');
      noted++;
      if (noted > maximumPages)
        throw misbehavior(request, `the list has more than ${maximumPages} pages; name a filter`);
      if (seen.size > maximumItems)
        throw misbehavior(request, `the list has more than ${maximumItems} entries; name a filter`);
    },
  };
}
