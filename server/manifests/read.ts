import { conflictsIn } from './conflicts.ts';
import { readJsonUnits } from './jsonUnits.ts';
import { kindOf, type Told } from './kinds.ts';
import { dataOf, type ManifestFile, type ManifestNode, type TextProblem } from './nodes.ts';
import { type DocumentUnit, type PlacedDocument, placeUnits } from './units.ts';
import { readYaml } from './yaml.ts';
import { readYamlUnits } from './yamlEdited.ts';

/**
 * Reads a manifest. Never fails: what cannot be read is a problem with its place, and the rest is read.
 * `format` overrides what the path's ending says (a document without a file has none).
 */
export function readManifest(source: {
  text: string;
  path: string;
  format?: ManifestFile['format'];
  /** The kind, where the name of the file does not say. */
  told?: Told | undefined;
  /** An earlier reading of the same file: what it has in common with this text is not read again. */
  previous?: ManifestFile | undefined;
}): ManifestFile {
  const { text, path, previous, told } = source;
  const format = source.format ?? (/\.jsonc?$/i.test(path) ? 'json' : 'yaml');
  const known = previous?.format === format ? previous : undefined;
  const conflicts = conflictsIn(text);
  const { units, roots, problems }: Read =
    conflicts.length > 0
      ? { roots: [{ start: 0, end: text.length }], problems: conflicts }
      : format === 'json'
        ? jsonOf(text, /\.jsonc$/i.test(path), known)
        : yamlOf(text, known);
  const several = hasSeveral(roots);
  const sameKinds =
    known &&
    hasSeveral(known.documents) === several &&
    known.told?.kind === told?.kind &&
    known.told?.why === told?.why;
  const documents = roots.map((placed, index) => {
    const before = known?.documents[index];
    if (before && sameKinds && before === placed) return before;
    const { unit, root, items, start, end } = placed;
    const data = unit?.data ?? dataOf(root);
    const kind = kindOf(path, data, several, told);
    return {
      index,
      ...kind,
      data,
      start,
      end,
      ...(root ? { root } : {}),
      ...(unit ? { unit } : {}),
      ...(items ? { items } : {}),
    };
  });
  return { format, text, documents, problems, ...(told ? { told } : {}), ...(units ? { units } : {}) };
}

function hasSeveral(roots: readonly { readonly root?: ManifestNode }[]): boolean {
  return roots.filter(({ root }) => root).length > 1;
}

/** What a reader of one format gives. */
export interface Reading {
  readonly roots: readonly { readonly root?: ManifestNode; readonly start: number; readonly end: number }[];
  readonly problems: readonly TextProblem[];
}

interface Read {
  readonly units?: readonly DocumentUnit[];
  readonly roots: readonly (Reading['roots'][number] & Partial<PlacedDocument>)[];
  readonly problems: readonly TextProblem[];
}

function yamlOf(text: string, known: ManifestFile | undefined): Read {
  const units = readYamlUnits(text, knownUnits(known));
  return units ? ofUnits(units, known) : inOrder(readYaml(text));
}

function jsonOf(text: string, lenient: boolean, known: ManifestFile | undefined): Read {
  const read = readJsonUnits(text, lenient, knownUnits(known));
  return 'units' in read ? ofUnits(read.units, known) : inOrder(read);
}

function knownUnits(known: ManifestFile | undefined) {
  return known?.units && { text: known.text, units: known.units };
}

function ofUnits(units: readonly DocumentUnit[], known: ManifestFile | undefined): Read {
  const { documents, problems } = placeUnits(units, known?.documents);
  return inOrder({ units, roots: documents, problems });
}

function inOrder<T extends Read>(read: T): T {
  const problems = read.problems.toSorted(
    (a, b) => a.start - b.start || a.end - b.end || order(a.rule, b.rule),
  );
  return { ...read, problems };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
