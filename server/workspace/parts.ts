import type { ManifestFile } from '../manifests/file.ts';
import { foreignTools } from '../manifests/foreignFormats.ts';
import { foreignFormat, isImageTest } from '../manifests/kinds.ts';
import type { Kind } from '../rules/facts.ts';
import type { Json, JsonObject } from '../rules/json.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { imagesOf } from '../rules/subject.ts';

/** A document of a manifest file, to be judged and run. */
export interface ManifestPart {
  /** The file as people call it; parts of one file have the same. */
  readonly path: string;
  /** The absolute path of its file, by which its disk is found; undefined where it is no file of this machine. */
  readonly file?: string;
  /** From 0, in its file; `of`: how many there are. */
  readonly index: number;
  readonly of: number;
  /** The line where it begins, from 1. */
  readonly line: number;
  /** Offsets in the text of its file. */
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  readonly data: Json;
  /** What the cloud of its file takes. */
  readonly profile: Profile;
  /** Of a patch: the image manifest beside it, `web.image.yaml` of `web.image-patch.yaml`. */
  readonly companion?: JsonObject;
  /** Documents that follow in the same file. */
  readonly following: readonly { readonly kind: Kind; readonly data: Json }[];
}

/** Makes a document of its own, of no file, which people know as `path`. */
export function makePart(
  path: string,
  { kind, data, profile }: Pick<ManifestPart, 'kind' | 'data' | 'profile'>,
): ManifestPart {
  return { path, index: 0, of: 1, line: 1, start: 0, end: 0, kind, data, profile, following: [] };
}

/** A file whose documents cannot be run: it does not parse, or what it is is not known. The message names the place. */
class UnreadableManifest extends Error {}

/**
 * Turns a manifest into its parts; `companion` is what the image manifest beside it holds. Throws UnreadableManifest with
 * file and line.
 */
export function toParts(
  { text, documents, problems, path: ownPath, told }: ManifestFile,
  named: Pick<ManifestPart, 'path' | 'file' | 'profile'>,
  companion: Json | undefined,
): ManifestPart[] {
  const { path } = named;
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) throw new UnreadableManifest(`${path}:${lineAt(text, problem.start)}: ${problem.message}`);
  const written = documents.filter(({ root }) => root);
  const [image] = companion === undefined ? [] : imagesOf(companion);
  const lineOf = lineCounter(text);
  // What comes behind an import tells of its image; of thousands of documents each would hold all the others.
  const hasImport = written.some(({ kind }) => kind === 'import');
  const format = foreignFormat(ownPath, told);
  if (format)
    throw new UnreadableManifest(
      `${path}: this is a file of ${foreignTools[format]}, which is checked and not run. Make a manifest of it: cloud-images convert ${path} --to manifest.`,
    );
  if (isImageTest(ownPath))
    throw new UnreadableManifest(
      `${path}: this is a test of a manifest, and is not run. Rehearse the manifest beside it.`,
    );
  const known = written.map(({ kind, why, data, start, end, root }) => {
    if (kind) return { kind, data, start: root?.start ?? start, end, line: lineOf(start) };
    throw new UnreadableManifest(
      `${path}:${lineAt(text, start)}: the kind of this manifest is not known: ${why}. Name the file NAME.image.yaml or alike, or say its kind in .cloud-images.json.`,
    );
  });
  return known.map((document, index) => ({
    ...named,
    ...document,
    index,
    of: known.length,
    ...(image ? { companion: image.image } : {}),
    following: hasImport ? known.slice(index + 1).map(({ kind, data }) => ({ kind, data })) : [],
  }));
}

/** Counts on from the place that was asked for before: that of one document after the other. */
function lineCounter(text: string): (offset: number) => number {
  let [line, from] = [1, 0];
  return (offset) => {
    line += lineAt(text.slice(from, offset), offset - from) - 1;
    from = offset;
    return line;
  };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
