import type { SQLInputValue } from 'node:sqlite';
import { Fault } from '../faults.ts';

/** A condition on `images`, and its values in order. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** Query parameters that page and sort, and so filter nothing. */
const paging = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir']);
const own = new Set(['visibility', 'member_status', 'os_hidden']);
const texts = new Set([
  'name',
  'status',
  'id',
  'container_format',
  'disk_format',
  'checksum',
  'owner',
  'os_hash_value',
]);
const lists = new Set(['name', 'status', 'id', 'container_format', 'disk_format', 'checksum']);
const counts = new Set(['min_ram', 'min_disk', 'size', 'virtual_size']);
const times = new Map([
  ['created_at', 'created'],
  ['updated_at', 'updated'],
]);
const comparisons: Readonly<Record<string, string>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '=',
  neq: '<>',
};

/**
 * The filters of a list, as conditions: any attribute or property by equality, repeated `tag`, `in:`, times with
 * operators, `size_min` and `size_max` (facts/glance.md §5). Faults: 400.
 */
export function filtersOf(query: URLSearchParams): Condition[] {
  return [...query]
    .filter(([name]) => !paging.has(name) && !own.has(name))
    .map(([name, value]) => filter(name, value));
}

function filter(name: string, value: string): Condition {
  if (name === 'tag')
    return {
      sql: 'EXISTS (SELECT 1 FROM image_tags t WHERE t.tag = ? AND t.image = i.key)',
      values: [value],
    };
  if (name === 'size_min' || name === 'size_max')
    return { sql: `i.size ${name === 'size_min' ? '>=' : '<='} ?`, values: [wholeNumber(name, value)] };
  if (name === 'protected') return { sql: 'i.protected = ?', values: [truth(name, value) ? 1 : 0] };
  if (name === 'changes-since')
    throw new Fault(400, 'The "changes-since" filter is no longer available on v2.');
  const time = times.get(name);
  if (time) return timeFilter(name, time, value);
  if (texts.has(name))
    return lists.has(name) ? listFilter(name, value) : { sql: `i.${name} = ?`, values: [value] };
  if (counts.has(name)) return { sql: `i.${name} = ?`, values: [/^\d+$/.test(value) ? Number(value) : -1] };
  return {
    sql: 'EXISTS (SELECT 1 FROM image_properties p WHERE p.image = i.key AND p.name = ? AND p.value = ?)',
    values: [name, value],
  };
}

function listFilter(name: string, value: string): Condition {
  const operator = /^([a-z]+):(.*)$/s.exec(value);
  if (!operator || (name === 'name' && operator[1] !== 'in') || (name === 'id' && operator[1] !== 'in'))
    return { sql: `i.${name} = ?`, values: [value] };
  if (operator[1] !== 'in') throw new Fault(400, `Unable to filter by unknown operator '${operator[1]}'.`);
  const items = splitList(operator[2] ?? '');
  return { sql: `i.${name} IN (${items.map(() => '?').join(', ')})`, values: items };
}

/** `a,"b, c",d` → a · b, c · d */
function splitList(text: string): string[] {
  if (/^(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*$/.test(text))
    return (text.match(/"[^"]*"|[^,"]+/g) ?? []).map((item) => item.replace(/^"|"$/g, ''));
  throw new Fault(
    400,
    `Invalid filter value ${text}. The quote is not closed or is not followed by a comma.`,
  );
}

function timeFilter(name: string, column: string, value: string): Condition {
  const found = /^(?:([a-z]+):)?(\d{4}-\d{2}-\d{2}.*)$/.exec(value);
  const comparison = comparisons[found?.[1] ?? 'eq'];
  const zoned =
    found?.[2] &&
    (/(Z|[+-]\d{2}:?\d{2})$/.test(found[2]) || found[2].length === 10 ? found[2] : `${found[2]}Z`);
  const time = Date.parse(zoned ?? '');
  if (!comparison || Number.isNaN(time))
    throw new Fault(400, `Bad "${name}" filter: '${value}' is not OPERATOR:TIME.`);
  // The API shows whole seconds, so that is what is compared.
  return { sql: `(i.${column} / 1000) ${comparison} ?`, values: [Math.floor(time / 1000)] };
}

export function wholeNumber(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Fault(400, `${name} must be a whole number, zero or more: '${value}'.`);
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

export function truth(name: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word !== 'true' && word !== 'false')
    throw new Fault(
      400,
      `Invalid value '${value}' for '${name}' filter. Valid values are case insensitive 'true' or 'false'.`,
    );
  return word === 'true';
}
