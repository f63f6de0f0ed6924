import type { Json } from '../../rules/types.ts';
import type { Clock } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Blobs } from '../store/blobs.ts';
import { createRecords } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { columnsOf, type ImageRow, propertiesOf, tagListOf } from './view.ts';

/** Images as records. Everything that changes one stands here, and runs inside `store.write`. */
export interface Images {
  find(region: string, id: string): ImageRow | undefined;
  properties(row: ImageRow): ReadonlyMap<string, Json>;
  tags(row: ImageRow): readonly string[];
  /** The status of a member. */
  member(key: number, account: string): string | undefined;
  members(key: number): MemberRow[];
  addMember(row: ImageRow, account: string): MemberRow;
  setMember(row: ImageRow, account: string, status: string): MemberRow;
  removeMember(row: ImageRow, account: string): void;
  create(image: NewImage): ImageRow;
  /** Stores a patched view of an image that was read in the same change: attributes, properties and tags. */
  update(row: ImageRow, view: ReadonlyMap<string, Json>): Stored;
  /** Sets single columns, such as the status. */
  change(row: ImageRow, columns: Partial<Pick<ImageRow, Changeable>>): void;
  /** Sets one property, or removes it. */
  setProperty(row: ImageRow, name: string, value: string | undefined): void;
  /** Whether an image has this id, or had it. */
  isUsed(region: string, id: string): boolean;
  addTag(row: ImageRow, tag: string): void;
  removeTag(row: ImageRow, tag: string): void;
  remove(row: ImageRow): void;
  /** Inside `store.write`: rows were changed by others. */
  changed(): void;
}

export interface Stored {
  readonly row: ImageRow;
  readonly properties: ReadonlyMap<string, Json>;
  readonly tags: readonly string[];
}

/** An image as it was committed; properties and tags once they were asked for. */
type Known = Pick<Stored, 'row'> & { -readonly [Part in 'properties' | 'tags']?: Stored[Part] };

const mostKnown = 1000;

/** What an image has when it was not asked for more. */
const blank = {
  status: 'queued',
  protected: 0,
  os_hidden: 0,
  disk_format: null,
  container_format: null,
  min_disk: 0,
  min_ram: 0,
  size: null,
  virtual_size: null,
  checksum: null,
  os_hash_value: null,
  blob: null,
  stores: null,
  staged: null,
  staged_md5: null,
  revision: 1,
} satisfies Partial<ImageRow>;
const columnNames = [
  ...(['region', 'id', 'owner', 'name', 'visibility', 'created', 'updated'] as const),
  ...Object.keys(blank),
];
const insertion = `INSERT INTO images (${columnNames.join(', ')}) VALUES (${columnNames.map(() => '?').join(', ')})`;

export interface MemberRow {
  readonly member: string;
  readonly status: string;
  readonly created: number;
  readonly updated: number;
}

type Changeable =
  | 'status'
  | 'blob'
  | 'size'
  | 'virtual_size'
  | 'checksum'
  | 'os_hash_value'
  | 'stores'
  | 'staged'
  | 'staged_md5';

export type NewImage = Pick<ImageRow, 'region' | 'id' | 'owner' | 'name' | 'visibility'> &
  Partial<ImageRow> & { properties: ReadonlyMap<string, Json>; tags: readonly string[] };

export function createImages(store: Store, clock: Clock, events: Events, blobs: Blobs): Images {
  const tell = (action: 'create' | 'update' | 'delete', row: ImageRow) => {
    const { region, owner, id, name, status, visibility } = row;
    events.append({
      kind: 'image',
      action,
      region,
      account: owner,
      id,
      summary: { name, status, visibility },
    });
  };
  /** Sharing changes who sees an image, not the image: its revision and time stay. */
  const tellMember = ({ region, owner, id, name }: ImageRow, member: string, status: string | null) =>
    events.append({
      kind: 'image',
      action: 'update',
      region,
      account: owner,
      id,
      summary: { name, member, member_status: status },
    });
  const memberOf = (row: ImageRow, account: string): MemberRow => {
    const found = store.get<MemberRow>(
      'SELECT * FROM image_members WHERE image = ? AND member = ?',
      row.key,
      account,
    );
    if (!found) throw new Error(`Member ${account} of image ${row.id} was not stored.`);
    return found;
  };
  const known = createRecords<Known>(store, mostKnown);
  const find: Images['find'] = (region, id) => {
    const found = known.get(nameOf({ region, id }));
    if (found) return found.row;
    const row = store.get<ImageRow>('SELECT * FROM images WHERE region = ? AND id = ?', region, id);
    if (row) known.keep(nameOf({ region, id }), { row });
    return row;
  };
  const knownOf = (row: ImageRow): Known | undefined => {
    const found = known.get(nameOf(row));
    return found?.row.key === row.key && found.row.revision === row.revision ? found : undefined;
  };
  /** Writes columns beside the time and the revision, whoever changed the row since `row` was read. */
  const touch = (row: ImageRow, columns: Partial<ImageRow> = {}): ImageRow => {
    const before = find(row.region, row.id) ?? row;
    const now: ImageRow = { ...before, ...columns, updated: clock.now(), revision: before.revision + 1 };
    const set = Object.entries(columns);
    store.run(
      `UPDATE images SET ${set.map(([name]) => `${name} = ?, `).join('')}updated = ?, revision = ? WHERE key = ?`,
      ...set.map(([, value]) => value),
      now.updated,
      now.revision,
      row.key,
    );
    known.change(nameOf(row), { row: now });
    tell('update', now);
    return now;
  };
  const propertiesIn: Images['properties'] = (row) => {
    const of = knownOf(row);
    if (of?.properties) return of.properties;
    const rows = store.all<{ name: string; value: string | null }>(
      'SELECT name, value FROM image_properties WHERE image = ?',
      row.key,
    );
    const read = new Map(rows.map(({ name, value }) => [name, value]));
    if (of) of.properties = read;
    return read;
  };
  const tagsOf: Images['tags'] = (row) => {
    const of = knownOf(row);
    if (of?.tags) return of.tags;
    const rows = store.all<{ tag: string }>('SELECT tag FROM image_tags WHERE image = ?', row.key);
    const read = rows.map(({ tag }) => tag);
    if (of) of.tags = read;
    return read;
  };
  // Only what differs is written: each row stands in two indexes.
  const setProperties = (
    key: number,
    before: ReadonlyMap<string, Json>,
    wanted: ReadonlyMap<string, Json>,
  ) => {
    for (const name of before.keys())
      if (!wanted.has(name))
        store.run('DELETE FROM image_properties WHERE image = ? AND name = ?', key, name);
    for (const [name, value] of wanted) if (before.get(name) !== value) setProperty(key, name, value);
  };
  const setProperty = (key: number, name: string, value: Json) =>
    store.run(
      `INSERT INTO image_properties (image, name, value) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
      key,
      name,
      typeof value === 'string' ? value : null,
    );
  const setTags = (key: number, before: readonly string[], wanted: readonly string[]) => {
    for (const tag of before)
      if (!wanted.includes(tag)) store.run('DELETE FROM image_tags WHERE image = ? AND tag = ?', key, tag);
    for (const tag of wanted)
      if (!before.includes(tag)) store.run('INSERT INTO image_tags (image, tag) VALUES (?, ?)', key, tag);
  };

  return {
    find,
    properties: propertiesIn,
    tags: tagsOf,
    member: (key, account) =>
      store.get<{ status: string }>(
        'SELECT status FROM image_members WHERE image = ? AND member = ?',
        key,
        account,
      )?.status,
    members: (key) =>
      store.all<MemberRow>('SELECT * FROM image_members WHERE image = ? ORDER BY created, member', key),
    addMember: (row, account) => {
      const now = clock.now();
      store.run(
        "INSERT INTO image_members (image, member, status, created, updated) VALUES (?, ?, 'pending', ?, ?)",
        row.key,
        account,
        now,
        now,
      );
      tellMember(row, account, 'pending');
      return memberOf(row, account);
    },
    setMember: (row, account, status) => {
      store.run(
        'UPDATE image_members SET status = ?, updated = ? WHERE image = ? AND member = ?',
        status,
        clock.now(),
        row.key,
        account,
      );
      tellMember(row, account, status);
      return memberOf(row, account);
    },
    removeMember: (row, account) => {
      store.run('DELETE FROM image_members WHERE image = ? AND member = ?', row.key, account);
      tellMember(row, account, null);
    },
    create: ({ properties: wanted, tags, ...given }) => {
      const now = clock.now();
      const columns = { ...blank, created: now, updated: now, ...given };
      const values: Readonly<Record<string, string | number | null>> = columns;
      const { key } = store.run(insertion, ...columnNames.map((name) => values[name] ?? null));
      const row: ImageRow = { ...columns, key };
      setProperties(key, new Map(), wanted);
      setTags(key, [], tags);
      known.change(nameOf(row), { row });
      tell('create', row);
      return row;
    },
    update: (row, view) => {
      const [properties, tags] = [propertiesOf(view), tagListOf(view)];
      setProperties(row.key, propertiesIn(row), properties);
      setTags(row.key, tagsOf(row), tags);
      const columns = columnsOf(view);
      const wanted = { ...columns, visibility: columns.visibility ?? row.visibility };
      // Only what differs: SQLite writes every index that a set column stands in, whether or not its value changes.
      const now: Readonly<Record<string, unknown>> = { ...row };
      const differing = Object.entries(wanted).filter(([name, value]) => now[name] !== value);
      const stored = { row: touch(row, Object.fromEntries(differing)), properties, tags };
      known.change(nameOf(row), stored);
      return stored;
    },
    change: touch,
    setProperty: (row, name, value) => {
      if (value !== undefined) setProperty(row.key, name, value);
      else store.run('DELETE FROM image_properties WHERE image = ? AND name = ?', row.key, name);
      touch(row);
    },
    isUsed: (region, id) =>
      find(region, id) !== undefined ||
      store.get('SELECT 1 FROM used_image_ids WHERE region = ? AND id = ?', region, id) !== undefined,
    addTag: (row, tag) => {
      store.run('INSERT OR IGNORE INTO image_tags (image, tag) VALUES (?, ?)', row.key, tag);
      touch(row);
    },
    removeTag: (row, tag) => {
      store.run('DELETE FROM image_tags WHERE image = ? AND tag = ?', row.key, tag);
      touch(row);
    },
    remove: (row) => {
      store.run('DELETE FROM images WHERE key = ?', row.key);
      store.run('INSERT OR IGNORE INTO used_image_ids (region, id) VALUES (?, ?)', row.region, row.id);
      for (const blob of [row.blob, row.staged]) if (blob !== null) blobs.release(blob);
      known.change(nameOf(row));
      tell('delete', row);
    },
    changed: known.forget,
  };
}

function nameOf({ region, id }: Pick<ImageRow, 'region' | 'id'>): string {
  return `${region} ${id}`;
}
