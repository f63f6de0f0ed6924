import type { Json } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import type { ImageView } from '../../../rules/service/patchBody.ts';
import { type Clock, seconds } from '../../kernel/clock.ts';
import type { Events } from '../../kernel/events.ts';
import type { Blobs } from '../../store/blobs.ts';
import { createRecords } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { writeRevision } from '../revisions.ts';
import { type ImageRow, isProperty, listTags, propertiesOf, toColumn, viewOf } from './view.ts';

/** Images as records. Everything that changes one stands here, and runs inside `store.write`. */
export interface Images {
  find(region: string, id: string): ImageRow | undefined;
  /** As the API shows it. */
  view(row: ImageRow): ImageView;
  /** The status of a member. */
  member(key: number, account: string): string | undefined;
  members(key: number): MemberRow[];
  addMember(row: ImageRow, account: string): MemberRow;
  setMember(row: ImageRow, account: string, status: string): MemberRow;
  removeMember(row: ImageRow, account: string): void;
  create(image: NewImage): ImageRow;
  /** Stores a patched view of an image that was read in the same change. `wanted` is given away; what became of it is answered. */
  update(row: ImageRow, wanted: Map<string, Json>): ImageView;
  /** Sets single columns, such as the status. */
  change(row: ImageRow, columns: Partial<Pick<ImageRow, Changeable>>): void;
  /** Sets one property, or removes it. */
  setProperty(row: ImageRow, name: string, value: string | undefined): void;
  /** True where an image has this id, or had it. */
  isUsed(region: string, id: string): boolean;
  addTag(row: ImageRow, tag: string): void;
  removeTag(row: ImageRow, tag: string): void;
  remove(row: ImageRow): void;
  /** Inside `store.write`: rows were changed by others. */
  changed(): void;
}

/** An image as it was committed; its view once that was asked for. */
interface Known {
  readonly row: ImageRow;
  view?: ImageView;
}

const mostKnown = 1000;

/** The columns of an image without further attributes. */
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
  | 'disk_format'
  | 'container_format'
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

export function createImages(
  store: Store,
  clock: Clock,
  events: Events,
  blobs: Blobs,
  profile: Profile,
): Images {
  // Long, since its parts share state that nothing else may reach.
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
  /** Writes columns beside the time and the revision, whoever changed the row since `row` was read. */
  const write = (row: ImageRow, columns: Partial<ImageRow>): ImageRow => {
    const now = writeRevision({ store, clock }, 'images', find(row.region, row.id) ?? row, columns);
    tell('update', now);
    return now;
  };
  const touch = (row: ImageRow, columns: Partial<ImageRow> = {}): void =>
    known.change(nameOf(row), { row: write(row, columns) });
  const viewIn: Images['view'] = (row) => {
    const found = known.get(nameOf(row));
    const of = found?.row.key === row.key && found.row.revision === row.revision ? found : undefined;
    if (of?.view) return of.view;
    const properties = store.all<{ name: string; value: string | null }>(
      'SELECT name, value FROM image_properties WHERE image = ?',
      row.key,
    );
    const tags = store.all<{ tag: string }>('SELECT tag FROM image_tags WHERE image = ?', row.key);
    const view = viewOf(
      row,
      new Map(properties.map(({ name, value }) => [name, value])),
      tags.map(({ tag }) => tag),
      profile,
    );
    if (of) of.view = view;
    return view;
  };
  const setProperty = (key: number, name: string, value: Json | undefined) => {
    if (value === undefined)
      store.run('DELETE FROM image_properties WHERE image = ? AND name = ?', key, name);
    else
      store.run(
        `INSERT INTO image_properties (image, name, value) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET value = excluded.value`,
        key,
        name,
        typeof value === 'string' ? value : null,
      );
  };
  const setTags = (key: number, before: readonly string[], wanted: readonly string[]) => {
    for (const tag of before)
      if (!wanted.includes(tag)) store.run('DELETE FROM image_tags WHERE image = ? AND tag = ?', key, tag);
    for (const tag of wanted)
      if (!before.includes(tag)) store.run('INSERT INTO image_tags (image, tag) VALUES (?, ?)', key, tag);
  };

  return {
    find,
    view: viewIn,
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
      for (const [name, value] of wanted) setProperty(key, name, value);
      setTags(key, [], tags);
      known.change(nameOf(row), { row });
      tell('create', row);
      return row;
    },
    update: (row, wanted) => {
      const before = viewIn(row);
      const tags = listTags(wanted);
      // Only what differs: SQLite writes every index that a set column stands in, whether or not its value changes.
      const columns: Record<string, string | number | null> = {};
      let added = false;
      for (const [name, value] of wanted) {
        if (before.get(name) === value) continue;
        added ||= !before.has(name);
        if (name === 'tags') setTags(row.key, listTags(before), tags);
        else if (isProperty(name)) setProperty(row.key, name, value);
        else columns[name] = toColumn(value);
      }
      for (const name of before.keys()) if (!wanted.has(name)) setProperty(row.key, name, undefined);
      const now = write(row, columns);
      const view = added
        ? viewOf(now, propertiesOf(wanted), tags, profile)
        : wanted.set('updated_at', seconds(now.updated)).set('tags', tags);
      known.change(nameOf(row), { row: now, view });
      return view;
    },
    change: touch,
    setProperty: (row, name, value) => {
      setProperty(row.key, name, value);
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
