import { t } from '@vscode/l10n';
import { kindTitles, type Told } from '../../../server/manifests/kinds.ts';
import { readManifest } from '../../../server/manifests/read.ts';
import type { Kind } from '../../../server/rules/facts.ts';
import { isObject, type Json, type JsonObject } from '../../../server/rules/json.ts';
import { inputOf, propertiesOf } from '../../../server/rules/service/importBody.ts';
import { type Counted, formatCount } from '../../ui/units.ts';

/** One document of a manifest. */
export interface DocumentAbout {
  readonly index: number;
  readonly kind: Kind | undefined;
  /** What it names: an image, a server, a disk; empty where it names none. */
  readonly name: string;
  /** Counted from 0. */
  readonly line: number;
}

/** How many findings of each severity a file has. */
export interface Findings {
  readonly errors: number;
  readonly warnings: number;
  readonly advice: number;
}

/** A manifest of the workspace as its row tells of it. `path` is relative to its folder of the workspace, with slashes. */
export interface ManifestAbout {
  readonly path: string;
  readonly documents: readonly DocumentAbout[];
  readonly findings: Findings;
  /** Names that the live image has otherwise; undefined where nothing was compared. */
  readonly drift: readonly string[] | undefined;
}

/** Reads what the documents of a manifest are. */
export function readDocuments(text: string, path: string, told: Told | undefined): DocumentAbout[] {
  return readManifest({ text, path, told }).documents.map(({ index, kind, data, root, start }) => ({
    index,
    kind,
    name: nameOf(kind, data),
    line: text.slice(0, root?.start ?? start).split('\n').length - 1,
  }));
}

/** Describes a manifest in one row. */
export function manifestRow({ path, documents, findings, drift }: ManifestAbout): {
  readonly label: string;
  readonly parts: readonly string[];
  readonly severity: 'error' | 'warning' | 'none';
} {
  const [first] = documents;
  const what =
    documents.length > 1
      ? formatCount(documents.length, 'document')
      : first
        ? documentParts(first)
        : [t('empty')];
  const { errors, warnings, advice } = findings;
  const counts: readonly (readonly [number, Counted])[] = [
    [errors, 'error'],
    [warnings, 'warning'],
    [advice, 'hint'],
  ];
  const found = counts.flatMap(([count, noun]) => (count === 0 ? [] : [formatCount(count, noun)]));
  const compared = drift?.length ? t`differs from the cloud: ${drift.join(', ')}` : t('as in the cloud');
  return {
    label: path.slice(path.lastIndexOf('/') + 1),
    parts: [what, found, drift ? compared : []].flat(),
    severity: errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'none',
  };
}

/** What a document is, and what it names. */
export function documentParts({ kind, name }: DocumentAbout): string[] {
  const title = kind === undefined ? t('unknown kind') : kindTitles[kind].toLowerCase();
  return name === '' ? [title] : [title, name];
}

/** Puts manifests under their folders, in the order of their paths; those at the root come first. */
export function groupByFolder<Row extends { readonly path: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, Row[]> {
  const byPath = rows.toSorted((a, b) => compareFolders(a.path, b.path));
  return Map.groupBy(byPath, ({ path }) => folderOf(path));
}

function compareFolders(a: string, b: string): number {
  return (
    folderOf(a).localeCompare(folderOf(b), 'en') ||
    a.localeCompare(b, 'en', { numeric: true }) ||
    (a < b ? -1 : 1)
  );
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(kind: Kind | undefined, data: Json): string {
  if (Array.isArray(data))
    return kind === 'patch' ? formatCount(data.length, 'operation') : formatCount(data.length, 'image');
  if (!isObject(data)) return '';
  const named =
    kind === 'import' ? (propertiesOf(data)['name'] ?? inputOf(data)['import_from']) : nameIn(data);
  return typeof named === 'string' ? named : '';
}

/** Exports name an image and the container that it goes to; actions and servers wrap what they are about. */
function nameIn(data: JsonObject): Json | undefined {
  const inner = [data, data['createImage'], data['server']].find((one) => isObject(one) && 'name' in one);
  return isObject(inner) ? inner['name'] : inputOf(data)['image_uuid'];
}
