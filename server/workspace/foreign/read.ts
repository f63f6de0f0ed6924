import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { type ForeignFormat, foreignFormats } from '../../manifests/foreignFormats.ts';
import { readAnsible } from './ansible.ts';
import type { ForeignImage } from './image.ts';
import { readKorc } from './korc.ts';
import { readOsism } from './osism.ts';
import { readTerraform } from './terraform.ts';

const readers = { osism: readOsism, 'k-orc': readKorc, terraform: readTerraform, ansible: readAnsible };

/** The images that a document of another tool's file describes; `text` is that of the file. */
export function readForeign(
  format: ForeignFormat,
  { root }: Pick<ManifestDocument, 'root'>,
  text: string,
): readonly ForeignImage[] {
  return root ? readers[format](root, text) : [];
}

/** The tool whose file it is by its shape, for a command that a person gives; undefined for none. */
export function guessForeign({ documents, text }: ManifestFile): ForeignFormat | undefined {
  return foreignFormats.find((format) =>
    documents.some((document) => readForeign(format, document, text).length > 0),
  );
}
