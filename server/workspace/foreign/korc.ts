import type { ManifestNode } from '../../manifests/nodes.ts';
import { pointerTo } from '../../rules/json.ts';
import { type Dialect, type ForeignImage, readImage, scalarIn } from './image.ts';

/** Go's `%v` makes the text of a property (SOURCES: foreign §2). */
const dialect: Dialect = { writeWord: (value) => (value === null ? undefined : String(value)) };

/** The properties that the resource has fields for, below `spec.resource.properties`, and of which type they are. */
export const korcProperties: readonly {
  readonly name: string;
  readonly path: readonly string[];
  readonly type: 'string' | 'integer' | 'boolean';
}[] = [
  { name: 'architecture', path: ['architecture'], type: 'string' },
  { name: 'hypervisor_type', path: ['hypervisorType'], type: 'string' },
  { name: 'hw_cpu_sockets', path: ['hardware', 'cpuSockets'], type: 'integer' },
  { name: 'hw_cpu_cores', path: ['hardware', 'cpuCores'], type: 'integer' },
  { name: 'hw_cpu_threads', path: ['hardware', 'cpuThreads'], type: 'integer' },
  { name: 'hw_cpu_policy', path: ['hardware', 'cpuPolicy'], type: 'string' },
  { name: 'hw_cpu_thread_policy', path: ['hardware', 'cpuThreadPolicy'], type: 'string' },
  { name: 'hw_cdrom_bus', path: ['hardware', 'cdromBus'], type: 'string' },
  { name: 'hw_disk_bus', path: ['hardware', 'diskBus'], type: 'string' },
  { name: 'hw_scsi_model', path: ['hardware', 'scsiModel'], type: 'string' },
  { name: 'hw_vif_model', path: ['hardware', 'vifModel'], type: 'string' },
  { name: 'hw_rng_model', path: ['hardware', 'rngModel'], type: 'string' },
  { name: 'hw_qemu_guest_agent', path: ['hardware', 'qemuGuestAgent'], type: 'boolean' },
  { name: 'os_distro', path: ['operatingSystem', 'distro'], type: 'string' },
  { name: 'os_version', path: ['operatingSystem', 'version'], type: 'string' },
];

export const korcVersion = 'openstack.k-orc.cloud/v1alpha1';

/** The words of K-ORC for what decompresses a download, and ours. */
export const korcCompressions: ReadonlyMap<string, string> = new Map([
  ['gz', 'gzip'],
  ['bz2', 'bzip2'],
  ['xz', 'xz'],
]);

/** Reads the image of a resource `Image`; any other resource is none, and so is one that only finds an image. */
export function readKorc(root: ManifestNode, text: string): ForeignImage[] {
  const isImage = scalarIn(root, 'kind') === 'Image';
  if (!isImage || !String(scalarIn(root, 'apiVersion')).startsWith('openstack.k-orc.cloud/')) return [];
  const reader = readImage(root, [], text, dialect);
  const { find, take, takeSource, setSource, lose } = reader;
  if (find(['spec', 'managementPolicy'])?.node.value === 'unmanaged') return [];
  // How to reach the cloud, and where in Kubernetes the resource is, are not the image's.
  for (const path of [['apiVersion'], ['kind'], ['spec', 'cloudCredentialsRef'], ['metadata', 'namespace']])
    find(path);
  const resource = (...path: string[]) => ['spec', 'resource', ...path];
  take(['metadata', 'name'], 'name');
  take(resource('name'), 'name');
  take(resource('protected'), 'protected');
  take(resource('tags'), 'tags');
  take(resource('visibility'), 'visibility');
  take(resource('properties', 'minDiskGB'), 'min_disk');
  take(resource('properties', 'minMemoryMB'), 'min_ram');
  for (const { name, path, type } of korcProperties)
    take(resource('properties', ...path), name, (node) =>
      type !== 'string' && typeof node.value !== 'string' && node.type === 'scalar'
        ? { ...node, value: String(node.value) }
        : node,
    );
  take(resource('content', 'containerFormat'), 'container_format');
  take(resource('content', 'diskFormat'), 'disk_format');
  takeSource(resource('content', 'download', 'url'), 'url');
  const compression = find(resource('content', 'download', 'decompress'))?.node;
  const known = korcCompressions.get(String(compression?.value));
  if (compression && !known) lose(compression, 'K-ORC decompresses xz, gz and bz2.');
  setSource('compression', known ?? 'none');
  const hash = (name: string) => find(resource('content', 'download', 'hash', name))?.node.value;
  const [algorithm, value] = [hash('algorithm'), hash('value')];
  if (typeof algorithm === 'string' && typeof value === 'string')
    setSource('checksum', `${algorithm}:${value}`);
  const image = reader.done({
    placeFor: (name) => {
      const field = korcProperties.find((one) => one.name === name);
      // A field of another type takes no text, which is what fixes write.
      return field?.type === 'string' ? pointerTo(...resource('properties', ...field.path)) : undefined;
    },
    complete: (stated) => ({ ...stated, container_format: stated['container_format'] ?? 'bare' }),
  });
  return [image];
}
