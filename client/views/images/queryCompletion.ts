import { t } from '@vscode/l10n';
import type { Profile } from '../../../server/rules/profile/profile.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readTags } from '../../cloud/permissions.ts';

/** A way to go on with a query: `text` is the whole of it then. */
export interface Completion {
  readonly label: string;
  readonly description: string;
  readonly text: string;
}

/** What completions are taken from. */
export interface Known {
  readonly profile: Profile;
  readonly images: Iterable<LiveImage>;
}

/** Names that filter, sort and page a list of images, and what each does (SOURCES: glance §5, rackspace §1.2). */
const names: Readonly<Record<string, string>> = {
  name: t('the whole name, or in:one,other'),
  status: t('active, queued, saving, …; or in:active,queued'),
  tag: t('can be given several times: images that have all'),
  visibility: t('who sees it'),
  owner: t('the number of an account'),
  size_min: t('bytes at least'),
  size_max: t('bytes at most'),
  protected: t('true or false'),
  os_hidden: t('true: those that lists leave out'),
  disk_format: t('such as vhd; or in:vhd,raw'),
  container_format: t('such as ovf; or in:ovf,bare'),
  created_at: t('when it was made: gt:, gte:, lt: or lte: and a time'),
  updated_at: t('when it last changed: lt:2015-03-09T00:00:00Z'),
  member_status: t("with visibility=shared: the account's answer"),
  id: t('a UUID, or in:one,other'),
  checksum: t('MD5 of its data'),
  min_disk: 'GB',
  min_ram: 'MB',
  sort: t('key:asc or key:desc, several with commas'),
  limit: t('images at most'),
};
const statuses = ['active', 'queued', 'saving', 'importing', 'deactivated', 'killed', 'pending_delete'];
const sortKeys = [
  'created_at',
  'updated_at',
  'name',
  'size',
  'status',
  'disk_format',
  'container_format',
  'id',
];
/** Above so many different values, a property is one to look for by, and not one to choose. */
const mostValues = 50;

/** How many images are looked at for the names of properties, at each key. */
const sample = 1000;

/** Completes the name or the value at the end of a query such as `?status=act`. */
export function completeQuery(text: string, known: Known): Completion[] {
  const start = Math.max(text.lastIndexOf('?'), text.lastIndexOf('&')) + 1;
  const [before, last] = [text.slice(0, start), text.slice(start)];
  const equals = last.indexOf('=');
  if (equals === -1) {
    return [...Object.entries(names), ...listProperties(known.images)]
      .filter(([name]) => name.startsWith(last))
      .map(([name, about]) => ({ label: `${name}=`, description: about, text: `${before}${name}=` }));
  }
  const name = last.slice(0, equals);
  const value = decode(last.slice(equals + 1));
  const at = Math.max(value.lastIndexOf(','), value.startsWith('in:') ? 2 : -1) + 1;
  const [kept, typed] = [value.slice(0, at), value.slice(at)];
  return listValues(name, known)
    .filter((one) => one.toLowerCase().startsWith(typed.toLowerCase()) && one !== typed)
    .map((one) => ({
      label: one,
      description: name,
      text: `${before}${name}=${encode(kept + one)}`,
    }));
}

function listValues(name: string, { profile: { images }, images: seen }: Known): readonly string[] {
  switch (name) {
    case 'status':
      return statuses;
    case 'visibility':
      return images.visibilityFilters;
    case 'member_status':
      return ['accepted', 'pending', 'rejected', 'all'];
    case 'protected':
    case 'os_hidden':
      return ['true', 'false'];
    case 'disk_format':
      return images.diskFormats;
    case 'container_format':
      return images.containerFormats;
    case 'sort':
      return sortKeys.flatMap((key) => [`${key}:asc`, `${key}:desc`]);
    case 'sort_key':
      return sortKeys;
    case 'sort_dir':
      return ['asc', 'desc'];
    case 'tag':
      return countValues(seen, ({ image }) => readTags(image));
    default:
      return countValues(seen, ({ image }) => [image.get(name)]);
  }
}

/** Lists the values that images have, the most frequent first. */
function countValues(images: Iterable<LiveImage>, read: (seen: LiveImage) => readonly unknown[]): string[] {
  const counts = new Map<string, number>();
  for (const seen of images)
    for (const value of read(seen))
      if (typeof value === 'string' && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, mostValues)
    .map(([value]) => value);
}

/** Lists properties besides the attributes that every image has. */
function listProperties(images: Iterable<LiveImage>): [string, string][] {
  const found = new Map<string, Set<unknown>>();
  let left = sample;
  for (const { image } of images) {
    if (left-- === 0) break;
    for (const [name, value] of image) {
      if (Object.hasOwn(names, name) || attributes.has(name) || typeof value !== 'string') continue;
      const values = found.get(name) ?? new Set();
      found.set(name, values);
      if (values.size < mostValues) values.add(value);
    }
  }
  return [...found].map(([name, values]) => [
    name,
    values.size < mostValues ? t`a property, such as ${[...values].slice(0, 3).join(', ')}` : t('a property'),
  ]);
}

const attributes: ReadonlySet<string> = new Set([
  'self',
  'file',
  'schema',
  'direct_url',
  'locations',
  'tags',
]);

/** Writes a value as in an address, but legibly: only what would be read as something else is escaped. */
function encode(value: string): string {
  return value.replace(/[%&+#]/g, encodeURIComponent);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // as it is typed, an escape may be half there
  }
}
