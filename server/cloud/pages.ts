import { isObject } from '../rules/subjects.ts';
import type { JsonObject } from '../rules/types.ts';
import type { Session } from './session.ts';

/** The pages of a Glance list, following `next` until there is none. */
export async function* pages(
  session: Session,
  url: string,
  member: string,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): AsyncGenerator<JsonObject[], void> {
  let search = new URLSearchParams(query);
  for (;;) {
    const body = await session.json(search.size > 0 ? `${url}?${search}` : url, { signal });
    if (!isObject(body)) return;
    const items = body[member];
    yield Array.isArray(items) ? items.filter(isObject) : [];
    const next = body['next'];
    if (typeof next !== 'string') return;
    // Glance knows nothing of a prefix in its public address, so only the query of `next` is to be trusted.
    search = new URLSearchParams(next.slice(next.indexOf('?') + 1));
  }
}
