import { conflictsIn } from './conflicts.ts';
import { lostCharacters } from './encoding.ts';
import type { DocumentUnit, ManifestDocument, ManifestFile } from './file.ts';
import { readJsonUnits } from './incremental/jsonUnits.ts';
import { placeUnits, problemsOf } from './incremental/units.ts';
import { readYamlUnits } from './incremental/yamlEdited.ts';
import { kindTeller, type Told } from './kinds.ts';
import type { Reading } from './nodes.ts';
import { dataOf, type ManifestNode, type TextProblem } from './nodes.ts';
import { readYaml } from './yaml.ts';

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
  const read: Read =
    conflicts.length > 0
      ? { roots: [{ start: 0, end: text.length }], problems: conflicts }
      : format === 'json'
        ? readJsonUnits(text, /\.jsonc$/i.test(path), knownUnits(known))
        : yamlOf(text, known);
  const several = hasSeveral('units' in read ? read.units : read.roots);
  const tell = kindTeller(path, told);
  const sameKinds =
    known &&
    hasSeveral(known.units ?? known.documents) === several &&
    known.told?.kind === told?.kind &&
    known.told?.format === told?.format &&
    known.told?.why === told?.why;
  const documents =
    'units' in read
      ? placeUnits(read.units, (data) => tell(data, several), sameKinds ? known.documents : [])
      : read.roots.map(({ root, start, end }, index): ManifestDocument => {
          const data = dataOf(root);
          return { index, ...tell(data, several), data, start, end, root };
        });
  const problems = inOrder([
    ...('units' in read ? problemsOf(read.units) : read.problems),
    ...lostCharacters(text),
  ]);
  return {
    format,
    path,
    text,
    documents,
    problems,
    ...(told ? { told } : {}),
    ...('units' in read ? { units: read.units } : {}),
  };
}

/** The same file with another text, of which only what differs is read. */
export function readAgain(file: ManifestFile, text: string): ManifestFile {
  const { path, format, told } = file;
  return readManifest({ text, path, format, told, previous: file });
}

function hasSeveral(
  parts: readonly { readonly root?: ManifestNode | undefined; readonly list?: unknown }[],
): boolean {
  let count = 0;
  return parts.some(({ root, list }) => (root || list) && ++count > 1);
}

type Read = { readonly units: readonly DocumentUnit[] } | Reading;

function yamlOf(text: string, known: ManifestFile | undefined): Read {
  const units = readYamlUnits(text, knownUnits(known));
  return units ? { units } : readYaml(text);
}

function knownUnits(known: ManifestFile | undefined) {
  return known?.units && { text: known.text, units: known.units };
}

function inOrder(problems: readonly TextProblem[]): TextProblem[] {
  return problems.toSorted((a, b) => a.start - b.start || a.end - b.end || order(a.rule, b.rule));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
