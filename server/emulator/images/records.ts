import type { Json } from '../../rules/types.ts';
import type { Clock } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Blobs } from '../store/blobs.ts';
import { createMemory } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { columnsOf, type ImageRow, propertiesOf, tagListOf } from './view.ts';

/** Images as records. Everything that changes one stands here, and runs inside `store.write`. */
export interface Images {
  find(region: string, id: string): ImageRow | undefined;
  properties(key: number): Map<string, Json>;
  tags(key: number): string[];
  /** The status of a member. */
  member(key: number, account: string): string | undefined;
  members(key: number): MemberRow[];
  addMember(row: ImageRow, account: string): MemberRow;
  setMember(row: ImageRow, account: string, status: string): MemberRow;
  removeMember(row: ImageRow, account: string): void;
  create(image: NewImage): ImageRow;
  /** Stores a patched view of an image that was read in the same change: attributes, properties and tags. */
  update(row: ImageRow, view: ReadonlyMap<string, Json>): void;
  /** Sets single columns, such as the status. */
  change(row: ImageRow, columns: Partial<Pick<ImageRow, Changeable>>): void;
  /** Sets one property, or removes it. */
  setProperty(row: ImageRow, name: string, value: string | undefined): void;
  /** Whether an image has this id, or had it. */
  isUsed(region: string, id: string): boolean;
  addTag(row: ImageRow, tag: string): void;
  removeTag(row: ImageRow, tag: string): void;
  remove(row: ImageRow): void;
}

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
  const found = createMemory<ImageRow>(store, 1000);
  const find: Images['find'] = (region, id) => {
    const key = `${region} ${id}`;
    const known = found.get(key);
    if (known) return known;
    const row = store.get<ImageRow>('SELECT * FROM images WHERE region = ? AND id = ?', region, id);
    if (row) found.keep(key, row, store.commits());
    return row;
  };
  const touch = (row: ImageRow, columns: Partial<ImageRow> = {}) => {
    const set = Object.entries(columns);
    store.run(
      `UPDATE images SET ${set.map(([name]) => `${name} = ?, `).join('')}updated = ?, revision = revision + 1 WHERE key = ?`,
      ...set.map(([, value]) => value),
      clock.now(),
      row.key,
    );
    tell('update', find(row.region, row.id) ?? row);
  };
  const properties: Images['properties'] = (key) => {
    const rows = store.all<{ name: string; value: string | null }>(
      'SELECT name, value FROM image_properties WHERE image = ?',
      key,
    );
    return new Map(rows.map(({ name, value }) => [name, value]));
  };
  const tagsOf: Images['tags'] = (key) =>
    store.all<{ tag: string }>('SELECT tag FROM image_tags WHERE image = ?', key).map(({ tag }) => tag);
  // Only what differs is written: each row stands in two indexes.
  const setProperties = (key: number, wanted: ReadonlyMap<string, Json>) => {
    const before = properties(key);
    for (const name of before.keys())
      if (!wanted.has(name))
        store.run('DELETE FROM image_properties WHERE image = ? AND name = ?', key, name);
    for (const [name, json] of wanted) {
      const value = typeof json === 'string' ? json : null;
      if (before.get(name) !== value)
        store.run(
          'INSERT OR REPLACE INTO image_properties (image, name, value) VALUES (?, ?, ?)',
          key,
          name,
          value,
        );
    }
  };
  const setTags = (key: number, wanted: readonly string[]) => {
    const before = tagsOf(key);
    for (const tag of before)
      if (!wanted.includes(tag)) store.run('DELETE FROM image_tags WHERE image = ? AND tag = ?', key, tag);
    for (const tag of new Set(wanted))
      if (!before.includes(tag)) store.run('INSERT INTO image_tags (image, tag) VALUES (?, ?)', key, tag);
  };

  return {
    find,
    properties,
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
    create: (image) => {
      const now = clock.now();
      const { key } = store.run(
        `INSERT INTO images (region, id, owner, name, status, visibility, protected, os_hidden, disk_format,
           container_format, min_disk, min_ram, size, virtual_size, checksum, os_hash_value, blob, stores, created, updated,
           revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
        image.region,
        image.id,
        image.owner,
        image.name,
        image.status ?? 'queued',
        image.visibility,
        image.protected ?? 0,
        image.os_hidden ?? 0,
        image.disk_format ?? null,
        image.container_format ?? null,
        image.min_disk ?? 0,
        image.min_ram ?? 0,
        image.size ?? null,
        image.virtual_size ?? null,
        image.checksum ?? null,
        image.os_hash_value ?? null,
        image.blob ?? null,
        image.stores ?? null,
        image.created ?? now,
        image.updated ?? now,
      );
      setProperties(key, image.properties);
      setTags(key, image.tags);
      const row = find(image.region, image.id);
      if (!row) throw new Error(`Image ${image.id} was not stored.`);
      tell('create', row);
      return row;
    },
    update: (row, view) => {
      setProperties(row.key, propertiesOf(view));
      setTags(row.key, tagListOf(view));
      const columns = columnsOf(view);
      const wanted = { ...columns, visibility: columns.visibility ?? row.visibility };
      // Only what differs: SQLite writes every index that a set column stands in, whether or not its value changes.
      const now: Readonly<Record<string, unknown>> = { ...row };
      touch(row, Object.fromEntries(Object.entries(wanted).filter(([name, value]) => now[name] !== value)));
    },
    change: touch,
    setProperty: (row, name, value) => {
      store.run('DELETE FROM image_properties WHERE image = ? AND name = ?', row.key, name);
      if (value !== undefined)
        store.run('INSERT INTO image_properties (image, name, value) VALUES (?, ?, ?)', row.key, name, value);
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
      tell('delete', row);
    },
  };
}
