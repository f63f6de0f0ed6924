import { isObject, type Json } from '../../rules/json.ts';
import { readJson } from '../session/bodies.ts';
import type { Session } from '../session/session.ts';

export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
}

/** Names in Cloud Files of one region, the first page of them. Everything throws CloudError. */
export interface Listings {
  containers(): Promise<string[]>;
  /** The objects whose names begin so; undefined where the container does not exist. */
  objects(container: string, prefix: string): Promise<ListedObject[] | undefined>;
}

export function openListings(session: Session, region: string): Listings {
  const list = async (path: string, query: Record<string, string>): Promise<Json | undefined> => {
    const base = session.endpoint('object-store', region);
    const search = new URLSearchParams({ format: 'json', ...query });
    const answer = await session.send(`${base}${path}?${search}`, {}, [404]);
    if (answer.status === 200) return readJson({ method: 'GET', url: base }, answer);
    await answer.body?.cancel();
    return answer.status === 404 ? undefined : [];
  };
  return {
    containers: async () => entriesOf(await list('', {})).map(({ name }) => name),
    objects: async (container, prefix) => {
      const found = await list(`/${encodeURIComponent(container)}`, prefix === '' ? {} : { prefix });
      return found === undefined ? undefined : entriesOf(found);
    },
  };
}

function entriesOf(body: Json | undefined): ListedObject[] {
  return (Array.isArray(body) ? body : []).flatMap((entry) =>
    isObject(entry) && typeof entry['name'] === 'string'
      ? [{ name: entry['name'], bytes: Number(entry['bytes'] ?? 0) }]
      : [],
  );
}
