import type { ManifestNode } from '../../manifests/nodes.ts';
import { pointerTo } from '../../rules/json.ts';
import { asBoolean, asInteger, type Dialect, type ForeignImage, isCompressed, readImage } from './image.ts';

/** openstacksdk makes the text of a property by Python's `str()` (SOURCES: foreign §4). */
const dialect: Dialect = {
  template: /\{\{|\{%/,
  isPython: true,
  writeWord: (value) => (value === null ? undefined : value ? 'True' : 'False'),
};

export const ansibleModule = 'openstack.cloud.image';
const modules = [ansibleModule, 'os_image'];

/** Where a play or a block keeps tasks. */
const taskLists = ['tasks', 'pre_tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always'];

/** How the module reaches the cloud and waits, which is not the image's. */
const connection = [
  ...['cloud', 'auth', 'auth_type', 'region_name', 'interface', 'availability_zone', 'api_timeout'],
  ...['ca_cert', 'client_cert', 'client_key', 'validate_certs', 'sdk_log_level', 'sdk_log_path'],
  ...['wait', 'timeout'],
];

type Path = readonly (string | number)[];

/** Reads the images of the tasks of a playbook or a list of tasks, whatever blocks they stand in. */
export function readAnsible(root: ManifestNode, text: string): ForeignImage[] {
  return readTasks(root, [], text);
}

function readTasks(list: ManifestNode, path: Path, text: string): ForeignImage[] {
  if (list.type !== 'array') return [];
  return list.members.flatMap(({ token, node: task }) => {
    const own = [...path, token];
    return task.members.flatMap(({ token: key, node }) => {
      if (modules.includes(String(key)))
        return node.type === 'object' ? readTask(task, String(key), own, text) : [];
      return taskLists.includes(String(key)) ? readTasks(node, [...own, key], text) : [];
    });
  });
}

function readTask(task: ManifestNode, module: string, path: Path, text: string): ForeignImage[] {
  const reader = readImage(task, path, text, dialect);
  const { find, take, make, takeSource, setSource, lose } = reader;
  const state = find([module, 'state'])?.node;
  if (state?.value === 'absent') return [];
  if (state && state.value !== 'present')
    lose(state, "An image manifest cannot deactivate an image: change 'state' to 'present'.");
  find(['name']);
  for (const name of connection) find([module, name]);
  take([module, 'name'], 'name');
  take([module, 'id'], 'id');
  take([module, 'container_format'], 'container_format');
  take([module, 'disk_format'], 'disk_format');
  take([module, 'min_disk'], 'min_disk', asInteger);
  take([module, 'min_ram'], 'min_ram', asInteger);
  take([module, 'protected'], 'protected', asBoolean);
  take([module, 'is_protected'], 'protected', asBoolean);
  take([module, 'tags'], 'tags');
  make([module, 'is_public'], 'visibility', (node) => {
    const { value } = asBoolean(node);
    return typeof value === 'boolean' ? { ...node, value: value ? 'public' : 'private' } : undefined;
  });
  take([module, 'visibility'], 'visibility');
  reader.takeProperties([module, 'properties']);
  takeSource([module, 'filename'], 'file');
  takeSource([module, 'uri'], 'url');
  const published = find([module, 'filename']) ?? find([module, 'uri']);
  if (isCompressed(published?.node)) setSource('compression', 'none');
  const method = find([module, 'import_method'])?.node;
  if (method?.value === 'web-download') setSource('method', 'web-download');
  else if (method && method.value !== null)
    lose(method, 'Of import methods an image manifest of a URL has web-download.');
  const direct = find([module, 'use_import'])?.node;
  if (direct && reader.isUnknown(direct)) lose(direct, "A template decides 'use_import'.");
  else if (direct && asBoolean(direct).value === true && method === undefined)
    setSource('method', 'glance-direct');
  const image = reader.done({
    placeFor: (name) => pointerTo(...path, module, 'properties', name),
    complete: (stated) => ({
      ...stated,
      container_format: stated['container_format'] ?? 'bare',
      disk_format: stated['disk_format'] ?? 'qcow2',
      visibility: stated['visibility'] ?? 'private',
    }),
  });
  return [image];
}
