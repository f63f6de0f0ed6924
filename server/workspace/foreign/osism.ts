import type { ManifestNode } from '../../manifests/nodes.ts';
import { type JsonObject, pointerTo } from '../../rules/json.ts';
import {
  asInteger,
  asText,
  type Dialect,
  type ForeignImage,
  isCompressed,
  readImage,
  scalarIn,
} from './image.ts';

/** Python's `str()` makes the text of each value of `meta` (SOURCES: foreign §1). */
const dialect: Dialect = {
  isPython: true,
  writeWord: (value) => (value === null ? 'None' : value ? 'True' : 'False'),
};

const order = new Intl.Collator('en', { numeric: true });

/** Reads each version of the images of a list as an image of its own. */
export function readOsism(root: ManifestNode, text: string): ForeignImage[] {
  const list = root.members.findLast(({ token }) => token === 'images')?.node;
  if (list?.type !== 'array') return [];
  return list.members.flatMap(({ node }, index) => {
    if (node.type !== 'object') return [];
    const versions = node.members.findLast(({ token }) => token === 'versions')?.node.members ?? [];
    const names = versions.map((version) => String(scalarIn(version.node, 'version')));
    const newest = names.toSorted(order.compare).at(-1);
    return names.map((name, number) => readVersion(node, text, index, number, name === newest));
  });
}

function readVersion(
  item: ManifestNode,
  text: string,
  index: number,
  number: number,
  isNewest: boolean,
): ForeignImage {
  const reader = readImage(item, ['images', index], text, dialect);
  const { find, take, make, takeProperties, takeSource, lose } = reader;
  const of = (name: string) => ['versions', number, name];
  const asSent = (node: ManifestNode) => asText(node, text, dialect);
  const isMulti = find(['multi'])?.node.value === true;
  const enabled = find(['enable'])?.node;
  if (enabled?.value === false) lose(enabled, 'This image is not enabled, and is left out.');
  // The other versions are images of their own, and no loss of this one.
  const versions = find(['versions'])?.node.members ?? [];
  for (const other of versions.keys()) if (other !== number) find(['versions', other]);
  const version = find(of('version'))?.node;
  const separator = find(['separator'])?.node.value ?? ' ';
  const plainName = find(['name'])?.node.value ?? null;
  if (isMulti && isNewest) take(['name'], 'name');
  else {
    const [open, close] = isMulti ? ['(', ')'] : ['', ''];
    make(['name'], 'name', (name) => ({
      ...name,
      value: `${name.value}${separator}${open}${version?.value ?? ''}${close}`,
    }));
  }
  take(['format'], 'disk_format');
  take(['min_disk'], 'min_disk', asInteger);
  take(['min_ram'], 'min_ram', asInteger);
  take(['tags'], 'tags');
  take(['visibility'], 'visibility');
  take(of('visibility'), 'visibility');
  take(of('hidden'), 'os_hidden');
  take(of('id'), 'id');
  takeProperties(['meta']);
  if (version?.value === 'latest')
    lose(version, 'Which version is the latest is known only when the tool runs.');
  else make(of('version'), 'internal_version', asSent);
  make(['login'], 'image_original_user', asSent);
  if (isMulti) make(of('os_version'), 'os_version', asSent);
  else make(of('version'), 'os_version', asSent);
  takeProperties(of('meta'));
  make(of('build_date'), 'image_build_date', asSent);
  takeSource(of('url'), 'url');
  takeSource(of('checksum'), 'checksum');
  if (isCompressed(find(of('url'))?.node)) reader.setSource('compression', 'none');
  if (find(['status'])?.node.value === 'deactivated')
    lose(item, "An image manifest cannot deactivate the image: change 'status' to 'active'.");
  return reader.done({
    isOff: enabled?.value === false,
    placeFor: (name) => pointerTo('images', index, 'meta', name),
    complete: (stated) => complete(stated, plainName, scalarIn(versions[number]?.node ?? item, 'url')),
  });
}

/** The tool's tag of its own (`--tag`) is left out: it says who keeps the image. */
function complete(stated: JsonObject, plainName: unknown, url: unknown): JsonObject {
  const { tags, os_distro: distro } = stated;
  const list = Array.isArray(tags) ? tags : [];
  const own = typeof distro === 'string' ? [`os:${distro}`] : [];
  const name = typeof plainName === 'string' ? plainName : '';
  return {
    ...stated,
    container_format: 'bare',
    tags: [...list, ...own.filter((tag) => !list.includes(tag))],
    image_description: stated['image_description'] ?? name,
    image_name: stated['image_name'] ?? name,
    ...(typeof url === 'string' ? { image_source: url } : {}),
  };
}
