import { nameParts } from '../manifests/kinds.ts';
import { readManifest } from '../manifests/read.ts';
import type { Kind } from '../rules/facts.ts';
import type { Json } from '../rules/json.ts';
import type { PathRules } from './files.ts';

const endings = ['yaml', 'yml', 'json', 'jsonc'];
const patterns = {
  image: patternOf('image'),
  import: patternOf('import'),
  patch: patternOf('patch'),
};
type Named = keyof typeof patterns;

function patternOf(kind: 'image' | 'import' | 'patch'): RegExp {
  return new RegExp(`\\.${nameParts[kind]}\\.(${endings.join('|')})$`, 'i');
}

/** A manifest that goes with another by its name, and its first document. */
export interface Companion {
  readonly name: string;
  readonly data: Json;
}

/** The manifest of another kind beside one of `of`. `read` gives the text of a file that is there. */
async function readBeside(
  path: string,
  of: readonly Named[],
  kind: Named,
  { basename, dirname, join }: PathRules,
  read: (path: string) => Promise<string | undefined>,
): Promise<Companion | undefined> {
  const pattern = of.map((one) => patterns[one]).find((one) => one.test(path));
  if (!pattern) return undefined;
  const stem = basename(path).replace(pattern, '');
  for (const ending of endings) {
    const name = `${stem}.${nameParts[kind]}.${ending}`;
    const text = await read(join(dirname(path), name));
    if (text === undefined) continue;
    const isMeant = (one: { kind?: Kind | undefined; root?: unknown }): boolean =>
      one.kind === kind && !!one.root;
    const found = readManifest({ text, path: name }).documents.find(isMeant);
    return found && { name, data: found.data };
  }
  return undefined;
}

type Read = (path: string) => Promise<string | undefined>;

/** The image manifest beside a patch, `web.image.yaml` of `web.image-patch.json`. */
export function readCompanionImage(
  path: string,
  paths: PathRules,
  read: Read,
): Promise<Companion | undefined> {
  return readBeside(path, ['patch'], 'image', paths, read);
}

/** The import beside an image manifest or a patch, `web.image-import.yaml` of `web.image.yaml`. */
export function readCompanionImport(
  path: string,
  paths: PathRules,
  read: Read,
): Promise<Companion | undefined> {
  return readBeside(path, ['patch', 'image'], 'import', paths, read);
}

/** Tells whether what is known of one manifest rests on the other, which goes with it by its name. */
export function isCompanion(manifest: string, other: string): boolean {
  const stem = (path: string, of: readonly Named[]): string | undefined => {
    const pattern = of.map((one) => patterns[one]).find((one) => one.test(path));
    return pattern && path.replace(pattern, '');
  };
  const of = stem(manifest, ['patch']);
  if (of !== undefined) return of === stem(other, ['image', 'import']);
  const image = stem(manifest, ['image']);
  return image !== undefined && image === stem(other, ['import']);
}
