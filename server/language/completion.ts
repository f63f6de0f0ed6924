import { kindOf } from '../manifests/kinds.ts';
import { readElsewhere } from '../manifests/words.ts';
import { pointerTo } from '../rules/pointers.ts';
import type { Json, Kind, Profile } from '../rules/types.ts';
import { type Location, locate } from './location.ts';
import type { Analysis } from './types.ts';
import { imageTerms, isWritable, type Term, termFor, termsAt, valuesOf } from './vocabulary.ts';

export interface Proposal {
  readonly label: string;
  readonly documentation: string;
  readonly insert: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'key' | 'value' | 'file';
}

/** Names from outside the text that can stand somewhere: disks as `container/object`, tags of other manifests. */
export type Names = 'disks' | 'tags';

/** What can be written at the cursor; works on text that does not parse. `names` is asked only where such a name can stand. */
export async function completionsAt(
  analysis: Analysis,
  offset: number,
  names: (which: Names) => Promise<readonly string[]>,
): Promise<Proposal[]> {
  const { file, settings, uri } = analysis;
  const document = file.documents.findLast(({ start }) => start <= offset) ?? file.documents[0];
  const kind = document?.kind ?? kindOf(decodeURIComponent(uri), null, false, file.told).kind;
  if (!kind) return [];
  const location = locate(file.text, offset, file.format);
  const { format } = file;
  const which = namesAt(kind, location);
  const found = which
    ? (await names(which)).map((name) => named(which, name, format))
    : location.onKey
      ? keysAt(kind, location, settings.profile, format)
      : valuesAt(kind, location, settings.profile, format);
  return found.map((proposal) => ({ ...proposal, start: location.start, end: location.end }));
}

function namesAt(kind: Kind, { path, onKey }: Location): Names | undefined {
  const [above, last] = path.slice(-2);
  if (kind === 'import') return last === 'import_from' && !onKey ? 'disks' : undefined;
  // The only lists that an operation can have as its value are tags.
  return typeof last === 'number' && above === (kind === 'image' ? 'tags' : 'value') ? 'tags' : undefined;
}

function named(which: Names, name: string, format: 'yaml' | 'json'): Draft {
  const plain = format === 'yaml' && (which === 'disks' || /^[a-z_][\w.-]*$/i.test(name));
  const insert = plain && readElsewhere(name) === undefined ? name : JSON.stringify(name);
  return which === 'disks'
    ? { label: name, documentation: 'A disk on this machine.', insert, kind: 'file' }
    : { label: name, documentation: 'A tag that other images have.', insert, kind: 'value' };
}

type Draft = Omit<Proposal, 'start' | 'end'>;

function keysAt(
  kind: Kind,
  { path, siblings }: Location,
  profile: Profile,
  format: 'yaml' | 'json',
): Draft[] {
  const images = kind === 'image' && path.every((token) => typeof token === 'number' || token === 'images');
  return termsAt(kind, path)
    .filter(({ name }) => !siblings.has(name) && (!images || name === 'id' || isWritable(name, profile)))
    .map((term) => ({
      label: term.name,
      documentation: term.description,
      insert: keyText(term, format),
      kind: 'key',
    }));
}

function valuesAt(kind: Kind, { path }: Location, profile: Profile, format: 'yaml' | 'json'): Draft[] {
  const name = path.at(-1);
  const write = (value: Json) => (format === 'json' ? JSON.stringify(value) : String(value));
  if (kind === 'patch' && (name === 'path' || name === 'add' || name === 'replace' || name === 'remove')) {
    return imageTerms()
      .filter((term) => isWritable(term.name, profile))
      .map((term) => ({
        label: pointerTo(term.name),
        documentation: term.description,
        insert: write(pointerTo(term.name)),
        kind: 'value',
      }));
  }
  const term = termFor(kind, path);
  const values = term ? valuesOf(term, profile) : [];
  return values.map((value) => ({
    label: String(value),
    documentation: term?.description ?? '',
    insert: write(value),
    kind: 'value',
  }));
}

function keyText({ name, type }: Term, format: 'yaml' | 'json'): string {
  if (format === 'json')
    return `${JSON.stringify(name)}: ${{ text: '""', number: '0', boolean: 'false', list: '[]', object: '{}' }[type]}`;
  return type === 'object' ? `${name}:\n  ` : `${name}: `;
}
