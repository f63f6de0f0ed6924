import type { DocumentUnit, Unit } from '../file.ts';
import { type Change, changeBetween } from './textChange.ts';
import { startsOf, touchedBy } from './units.ts';
import {
  documentStarts,
  type Follows,
  isMarker,
  isOdd,
  itemsIn,
  readDocuments,
  readItems,
} from './yamlUnits.ts';

/** More documents or items than this are no units: read as a whole they are refused for their size. */
const mostParts = 60_000;

/** An earlier reading of the same text. */
export interface Known {
  readonly text: string;
  readonly units: readonly DocumentUnit[];
}

/** Reads YAML by units, taking over from `known` what an edit left alone. Undefined where only reading it whole is right. */
export function readYamlUnits(text: string, known?: Known): readonly DocumentUnit[] | undefined {
  const change = known && changeBetween(known.text, text);
  if (known && !change) return known.units;
  return known && change ? editDocuments(known, text, change) : readAll(text);
}

function readAll(text: string): DocumentUnit[] | undefined {
  const found = isOdd(text) ? undefined : documentStarts(text);
  return found && readRun(text, found.starts, 'end');
}

function editDocuments(
  { text: old, units }: Known,
  text: string,
  change: Change,
): DocumentUnit[] | undefined {
  const starts = startsOf(units, 0);
  let { first, last } = touchedBy(change, starts);
  const spliced = (read: readonly DocumentUnit[]) => [
    ...units.slice(0, first),
    ...read,
    ...units.slice(last + 1),
  ];
  for (;;) {
    const begin = starts[first] ?? 0;
    const end = (starts[last + 1] ?? old.length) + change.after - change.before;
    const region = text.slice(begin, end);
    const follows = last + 1 < units.length ? 'document' : 'end';
    const known = first === last ? units[first] : undefined;
    if (known?.list && keepsDocuments(old, text, change, begin)) {
      const within = {
        start: change.start - begin,
        before: change.before - begin,
        after: change.after - begin,
      };
      const unit = editList(known, region, within, follows);
      if (unit) return spliced([unit]);
    }
    if (isOdd(region)) return undefined;
    const found = documentStarts(region);
    if (!found) return undefined;
    if (first > 0 && !isMarker(region, 0)) first--;
    else if (follows === 'document' && (found.empty || !region.endsWith('\n'))) last++;
    else {
      const read = readRun(region, found.starts, follows);
      return read && spliced(read);
    }
  }
}

/** Tells whether an edit leaves the borders of documents alone: no line that it touches is or was one. */
function keepsDocuments(old: string, text: string, change: Change, begin: number): boolean {
  const from = text.lastIndexOf('\n', change.start - 1) + 1;
  if (from <= begin && begin > 0) return false;
  const lines = [linesBetween(old, from, change.before), linesBetween(text, from, change.after)];
  return lines.every((touched) => !isOdd(touched) && !/^(?:%|\.\.\.|---)/m.test(touched));
}

function linesBetween(text: string, from: number, to: number): string {
  const end = text.indexOf('\n', to);
  return text.slice(from, end === -1 ? undefined : end + 1);
}

/** The document whose text is now `text`, read by its items again as far as `change` reaches. */
function editList(
  { list, head }: DocumentUnit,
  text: string,
  change: Change,
  follows: Follows,
): DocumentUnit | undefined {
  if (!list) return undefined;
  const { items } = list;
  const starts = startsOf(items, 0);
  let { first, last } = touchedBy(change, starts);
  for (;;) {
    const final = last >= items.length - 1;
    const region = text.slice(
      starts[first],
      final ? undefined : (starts[last + 1] ?? 0) + change.after - change.before,
    );
    const found = itemsIn(region, first === 0);
    if (!found) return undefined;
    if (first > 0 && found.starts[0] !== 0) first--;
    else if (!final && (found.starts.length === 0 || !region.endsWith('\n'))) last++;
    else {
      const read = readItems(region, found, final ? follows : 'item');
      if (!read) return undefined;
      const from = first === 0 ? read.from : list.from;
      const edited = [...items.slice(0, first), ...read.items, ...items.slice(last + 1)];
      return listUnit(edited, from, first === 0 ? read.head : head, text.length);
    }
  }
}

/** Documents, each of them as a list where it is one. */
function readRun(
  text: string,
  starts: readonly number[],
  follows: 'end' | 'document',
): DocumentUnit[] | undefined {
  if (starts.length > mostParts) return undefined;
  const units: DocumentUnit[] = [];
  let plain: number[] = [];
  const flush = (end: number): boolean => {
    const [begin] = plain;
    if (begin === undefined) return true;
    const read = readDocuments(
      text.slice(begin, end),
      plain.map((start) => start - begin),
      end < text.length ? 'document' : follows,
    );
    plain = [];
    units.push(...(read ?? []));
    return read !== undefined;
  };
  for (const [at, start] of starts.entries()) {
    const end = starts[at + 1] ?? text.length;
    const list = readList(text.slice(start, end), end < text.length ? 'document' : follows);
    if (list) {
      if (!flush(start)) return undefined;
      units.push(list);
    } else plain.push(start);
  }
  return flush(text.length) ? units : undefined;
}

function readList(text: string, follows: 'end' | 'document'): DocumentUnit | undefined {
  const found = itemsIn(text, true);
  if (!found || found.starts.length < 2 || found.starts.length > mostParts) return undefined;
  const read = readItems(text, found, follows);
  return read && listUnit(read.items, read.from, read.head, text.length);
}

function listUnit(
  items: readonly Unit[],
  from: number,
  head: number,
  length: number,
): DocumentUnit | undefined {
  if (items.length < 2) return undefined;
  const list = { items, flow: false, from };
  return { length, base: 0, data: items.map(({ data }) => data), problems: [], head, list };
}
