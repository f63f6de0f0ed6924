import { conflictsIn } from './conflicts.ts';
import { readJson } from './json.ts';
import { kindOf, type Told } from './kinds.ts';
import { dataOf, type ManifestFile } from './nodes.ts';
import { readYaml } from './yaml.ts';
import { readYamlItems } from './yamlItems.ts';

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
  const conflicts = conflictsIn(text);
  const reading: Reading =
    conflicts.length > 0
      ? { roots: [{ start: 0, end: text.length }], problems: conflicts }
      : format === 'json'
        ? readJson(text, /\.jsonc$/i.test(path))
        : (readYamlItems(text, previous?.items ?? new Map()) ?? readYaml(text));
  const { roots, problems, items } = reading;
  const several = roots.filter(({ root }) => root).length > 1;
  const documents = roots.map(({ root, start, end }, index) => {
    const data = dataOf(root);
    return { index, ...kindOf(path, data, several, told), ...(root ? { root } : {}), data, start, end };
  });
  return { format, text, documents, problems, ...(told ? { told } : {}), ...(items ? { items } : {}) };
}

/** What a reader of one format gives. */
export interface Reading {
  readonly roots: readonly {
    readonly root?: ManifestFile['documents'][number]['root'];
    readonly start: number;
    readonly end: number;
  }[];
  readonly problems: ManifestFile['problems'];
  readonly items?: ManifestFile['items'];
}
