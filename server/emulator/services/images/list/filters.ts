import type { SQLInputValue } from 'node:sqlite';
import type { Profile } from '../../../../rules/profile/profile.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { parseTime } from '../../../kernel/clock.ts';

/** A condition on the images `i`, and its values in order. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export interface Filter extends Condition {
  /** Selects the keys of all images that pass, in every region, by an index. Absent where there is no such index. */
  readonly keys?: Condition;
  readonly label?: Label;
}

/** A value that many images may share, whose keys are also kept as a set of bits. `of`: the value, in the table's terms. */
export interface Label {
  readonly table: 'image_properties' | 'image_tags' | 'image_members' | 'images';
  /** A property's name and value, a tag, a member and status, or a region, a column of `images` and its value. */
  readonly of: readonly string[];
}

export const always: Condition = { sql: '1', values: [] };

export function anyOf(conditions: readonly Condition[]): Condition {
  return join(conditions, ' OR ');
}

export function allOf(conditions: readonly Condition[]): Condition {
  return join(conditions, ' AND ');
}

function join(conditions: readonly Condition[], word: ' OR ' | ' AND '): Condition {
  const [only = always, ...more] = conditions;
  if (more.length === 0) return only;
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(word)})`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Query parameters that page, sort and choose whose images, and so filter nothing here. */
const others = new Set([
  ...['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'visibility', 'member_status'],
  'deleted', // lists are of images that are there, whatever is asked for
]);
/** Attributes that are texts, and how the images of one value are found where an index finds them. */
const texts: Readonly<Record<string, string | undefined>> = {
  id: 'i.id IN',
  name: "coalesce(i.name, '') IN",
  status: "i.status <> 'active' AND i.status IN",
  checksum: 'i.checksum IN',
  owner: 'i.owner IN',
  container_format: undefined,
  disk_format: undefined,
};
const withOperators = new Set(['name', 'status', 'id', 'container_format', 'disk_format', 'checksum']);
/** The columns of `images` whose values are labels. */
export const labelled: ReadonlySet<string> = new Set([
  'owner',
  'visibility',
  'disk_format',
  'container_format',
]);
const counts = new Set(['min_ram', 'min_disk', 'size', 'virtual_size']);
const times = new Map([
  ['created_at', 'created'],
  ['updated_at', 'updated'],
]);

/**
 * The filters of a list: any attribute or property by equality, repeated `tag`, `in:`, times with operators, `size_min`
 * and `size_max` (SOURCES: glance §5, rackspace §1.2). Throws 400.
 */
export function readFilters(profile: Profile, region: string, query: URLSearchParams): Filter[] {
  const filters = [...query]
    .filter(([name]) => !others.has(name))
    .map(([name, value]) => filter(profile, region, name, value));
  const hidden = query.get('os_hidden');
  return hidden === null ? [...filters, { sql: 'i.os_hidden = 0', values: [] }] : filters;
}

function filter(profile: Profile, region: string, name: string, value: string): Filter {
  if (name === 'tag') return tagged(value);
  if (name === 'size_min' || name === 'size_max') return sizeFilter(name, value);
  if (name === 'protected') return flag(profile, 'protected', value);
  if (name === 'os_hidden') return hiddenFilter(profile, region, value);
  if (name === 'changes-since')
    throw new ApiError('list/filter', 'The "changes-since" filter is no longer available on v2.');
  const time = times.get(name);
  if (time) return timeFilter(name, time, value);
  if (Object.hasOwn(texts, name)) return textFilter(profile, region, name, value);
  if (name === 'os_hash_value' && profile.images.hasHashes)
    return { sql: 'i.os_hash_value = ?', values: [value] };
  if (counts.has(name)) return { sql: `i.${name} = ?`, values: [/^\d+$/.test(value) ? Number(value) : -1] };
  return {
    sql: 'EXISTS (SELECT 1 FROM image_properties p WHERE p.image = i.key AND p.name = ? AND p.value = ?)',
    values: [name, value],
    keys: {
      sql: 'SELECT image AS key FROM image_properties WHERE name = ? AND value = ?',
      values: [name, value],
    },
    label: { table: 'image_properties', of: [name, value] },
  };
}

function tagged(tag: string): Filter {
  return {
    sql: 'EXISTS (SELECT 1 FROM image_tags t WHERE t.image = i.key AND t.tag = ?)',
    values: [tag],
    keys: { sql: 'SELECT image AS key FROM image_tags WHERE tag = ?', values: [tag] },
    label: { table: 'image_tags', of: [tag] },
  };
}

/** Equal to a text, or to one of those in `in:a,b`. */
function textFilter(profile: Profile, region: string, name: string, value: string): Filter {
  const items = withOperators.has(name) ? operands(profile, name, value) : [value];
  const list = `(${items.map(() => '?').join(', ')})`;
  const indexed = texts[name];
  const named = !items.includes('') && (name !== 'status' || !items.includes('active'));
  return {
    sql: `i.${name} IN ${list}`,
    values: items,
    ...(labelled.has(name) && items.length === 1
      ? { label: { table: 'images', of: [region, name, items[0] ?? ''] } }
      : {}),
    ...(indexed && named
      ? {
          keys: {
            sql: `SELECT i.key FROM images i WHERE i.region = ? AND ${indexed} ${list}`,
            values: [region, ...items],
          },
        }
      : {}),
  };
}

/** Splits an operator from its value at the colon; at Rackspace not in names and ids, which may hold a colon. */
function operands(profile: Profile, name: string, value: string): string[] {
  const colon = value.indexOf(':');
  const operator = value.slice(0, Math.max(colon, 0));
  if (operator === 'in') return splitList(value.slice(colon + 1));
  if (colon === -1 || (profile.images.colonsInNames && (name === 'name' || name === 'id'))) return [value];
  if (operator === 'eq') return [value.slice(colon + 1)];
  throw new ApiError('list/filter', `Unable to filter by unknown operator '${operator}'.`);
}

/** `a,"b, c",d` → a · b, c · d */
function splitList(text: string): string[] {
  if (/^(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*$/.test(text))
    return (text.match(/"[^"]*"|[^,"]+/g) ?? []).map((item) => item.replace(/^"|"$/g, ''));
  throw new ApiError(
    'list/filter',
    `Invalid filter value ${text}. The quote is not closed or is not followed by a comma.`,
  );
}

function sizeFilter(name: 'size_min' | 'size_max', value: string): Filter {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(value))
    throw new ApiError('list/filter', 'Unable to filter on a range with a non-numeric value.');
  const most = Number.MAX_SAFE_INTEGER;
  const size = Math.min(Math.max(Number(value.replaceAll('_', '')), -most), most);
  // What has no size is neither larger nor smaller than anything.
  return name === 'size_min'
    ? { sql: 'coalesce(i.size, -1) >= ?', values: [Math.max(size, 0)] }
    : { sql: '(coalesce(i.size, -1) <= ? AND i.size IS NOT NULL)', values: [size] };
}

const comparisons: Readonly<Record<string, readonly [string, 'start' | 'end']>> = {
  gt: ['>=', 'end'],
  gte: ['>=', 'start'],
  lt: ['<', 'start'],
  lte: ['<', 'end'],
};

/** The API shows whole seconds, so that is what is compared; the table has milliseconds. */
function timeFilter(name: string, column: string, value: string): Filter {
  const [, operator = 'eq', text = ''] = /^(?:([a-z]+):)?(.*)$/.exec(value) ?? [];
  const time = parseTime(text);
  if (time === undefined)
    throw new ApiError('list/filter', `Bad "${name}" query filter format. Use ISO 8601 DateTime notation.`);
  const at = Math.floor(time / 1000) * 1000;
  const bound = { start: at, end: at + 1000 };
  if (operator === 'eq')
    return { sql: `(i.${column} >= ? AND i.${column} < ?)`, values: [bound.start, bound.end] };
  if (operator === 'neq')
    return { sql: `(i.${column} < ? OR i.${column} >= ?)`, values: [bound.start, bound.end] };
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
  if (!comparison) throw new ApiError('list/filter', 'Unable to filter on a unknown operator.');
  return { sql: `i.${column} ${comparison[0]} ?`, values: [bound[comparison[1]]] };
}

function hiddenFilter(profile: Profile, region: string, value: string): Filter {
  const hidden = flag(profile, 'os_hidden', value);
  return hidden.values[0] === 1
    ? {
        sql: 'i.os_hidden = 1',
        values: [],
        keys: { sql: 'SELECT i.key FROM images i WHERE i.region = ? AND i.os_hidden = 1', values: [region] },
      }
    : { sql: 'i.os_hidden = 0', values: [] };
}

/** Another word is refused, or at Rackspace the value of no image (SOURCES: rackspace §1.2). */
function flag(profile: Profile, name: 'protected' | 'os_hidden', value: string): Filter {
  const word = name === 'os_hidden' ? value.toLowerCase() : value;
  if (word === 'true' || word === 'false') return { sql: `i.${name} = ?`, values: [word === 'true' ? 1 : 0] };
  if (!profile.images.refusesOtherFlags) return { sql: '0', values: [] };
  throw new ApiError(
    'list/filter',
    `Invalid value '${value}' for '${name}' filter. Valid values are ${name === 'os_hidden' ? 'case insensitive ' : ''}'true' or 'false'.`,
  );
}
