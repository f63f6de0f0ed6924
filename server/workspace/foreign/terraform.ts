import type { ManifestNode } from '../../manifests/nodes.ts';
import { pointerTo } from '../../rules/json.ts';
import { asBoolean, asInteger, type Dialect, type ForeignImage, isCompressed, readImage } from './image.ts';

/** Terraform evaluates each text of its JSON form as a template, but for `$${` and `%%{` (SOURCES: foreign §3). */
const dialect: Dialect = {
  template: /(?<!\$)\$\{|(?<!%)%\{/,
  writeWord: (value) => (value === null ? undefined : String(value)),
  literal: (text) => text.replaceAll('$${', '${').replaceAll('%%{', '%{'),
};

export const terraformType = 'openstack_images_image_v2';

/** Arguments of a resource, and the attributes of an image that they are. */
export const terraformArguments = {
  name: 'name',
  image_id: 'id',
  container_format: 'container_format',
  disk_format: 'disk_format',
  visibility: 'visibility',
  tags: 'tags',
  min_disk_gb: 'min_disk',
  min_ram_mb: 'min_ram',
  protected: 'protected',
  hidden: 'os_hidden',
} as const;

/** Where and how it is made, and comments, which are not the image's. */
const management = ['//', 'provider', 'region', 'timeouts', 'depends_on', 'image_cache_path'];

/** The folder of the module, before a path below it. */
export const moduleFolder = `\${path.module}/`;

type Path = readonly (string | number)[];

interface Block {
  readonly node: ManifestNode;
  readonly path: Path;
}

/** Reads the images among the resources of a `.tf.json`: blocks are objects, or lists of objects. */
export function readTerraform(root: ManifestNode, text: string): ForeignImage[] {
  return blocksIn(root, 'resource')
    .flatMap((block) => blocksIn(block.node, terraformType, block.path))
    .flatMap(({ node, path }) => node.members.flatMap((label) => bodies(label.node, [...path, label.token])))
    .map(({ node, path }) => readResource(node, path, text));
}

function blocksIn(node: ManifestNode, name: string, path: Path = []): Block[] {
  return node.members.flatMap((member) =>
    member.token === name ? bodies(member.node, [...path, name]) : [],
  );
}

function bodies(node: ManifestNode, path: Path): Block[] {
  if (node.type === 'array') return node.members.flatMap((item) => bodies(item.node, [...path, item.token]));
  return node.type === 'object' ? [{ node, path }] : [];
}

function readResource(item: ManifestNode, path: Path, text: string): ForeignImage {
  const reader = readImage(item, path, text, dialect);
  const { find, take, takeSource, setSource, lose } = reader;
  for (const name of management) find([name]);
  for (const [argument, attribute] of Object.entries(terraformArguments))
    take(
      [argument],
      attribute,
      /^min_/.test(argument) ? asInteger : /^(?:protected|hidden)$/.test(argument) ? asBoolean : undefined,
    );
  reader.takeProperties(['properties']);
  const file = find(['local_file_path'])?.node;
  const localPath = typeof file?.value === 'string' ? file.value : '';
  if (
    file &&
    localPath.startsWith(moduleFolder) &&
    !dialect.template?.test(localPath.slice(moduleFolder.length))
  )
    setSource('file', localPath.slice(moduleFolder.length));
  else takeSource(['local_file_path'], 'file');
  takeSource(['image_source_url'], 'url');
  const isSet = (name: string) => {
    const node = find([name])?.node;
    if (node && reader.isUnknown(node)) lose(node, `A template decides '${name}'.`);
    return node !== undefined && asBoolean(node).value === true;
  };
  const url = find(['image_source_url'])?.node;
  const isPacked = isCompressed(url ?? file);
  if (isSet('web_download')) setSource('method', 'web-download');
  else if (url !== undefined) setSource('method', 'upload');
  if (isSet('decompress')) {
    if (!isPacked)
      lose(find(['decompress'])?.node ?? item, 'The name of the file does not say how it is compressed.');
  } else if (isPacked) setSource('compression', 'none');
  // Terraform's own default; the cloud's checksum is compared after the upload.
  const verify = find(['verify_checksum'])?.node;
  if (verify && asBoolean(verify).value !== true)
    lose(verify, "An upload is always verified: remove 'verify_checksum'.");
  return reader.done({
    placeFor: (name) => pointerTo(...path, 'properties', name),
    complete: (stated) => ({ ...stated, visibility: stated['visibility'] ?? 'private' }),
  });
}
