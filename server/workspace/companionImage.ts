import { nameParts } from '../manifests/kinds.ts';
import { readManifest } from '../manifests/read.ts';
import type { Json } from '../rules/json.ts';
import type { PathRules } from './files.ts';

const endings = ['yaml', 'yml', 'json', 'jsonc'];
const ofPatch = new RegExp(`\\.${nameParts.patch}\\.(${endings.join('|')})$`, 'i');
const ofImage = new RegExp(`\\.${nameParts.image}\\.(${endings.join('|')})$`, 'i');

/** The image manifest beside a patch, `web.image.yaml` of `web.image-patch.json`. `read` gives the text of a file that is there. */
export async function readCompanionImage(
  path: string,
  { basename, dirname, join }: PathRules,
  read: (path: string) => Promise<string | undefined>,
): Promise<{ name: string; data: Json } | undefined> {
  if (!ofPatch.test(path)) return undefined;
  const stem = basename(path).replace(ofPatch, '');
  for (const ending of endings) {
    const name = `${stem}.${nameParts.image}.${ending}`;
    const text = await read(join(dirname(path), name));
    if (text === undefined) continue;
    const found = readManifest({ text, path: name }).documents.find(
      ({ kind, root }) => kind === 'image' && root,
    );
    return found && { name, data: found.data };
  }
  return undefined;
}

/** Tells whether the image manifest of a path is the companion of a patch. */
export function isCompanion(patch: string, image: string): boolean {
  return (
    ofPatch.test(patch) && ofImage.test(image) && patch.replace(ofPatch, '') === image.replace(ofImage, '')
  );
}
