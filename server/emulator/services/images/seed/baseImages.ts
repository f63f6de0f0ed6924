import type { Json } from '../../../../rules/json.ts';
import type { Profile } from '../../../../rules/profile/profile.ts';
import type { Packing } from '../../../diskWorker/protocol.ts';
import { makeStableUuid } from '../../../kernel/stableId.ts';
import type { Seed } from '../../../seed/seed.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Planting } from '../../service.ts';
import { chooseDefaultStore } from '../imports/stores.ts';
import { type Family, families, type Release } from './families.ts';

/** The account that owns the cloud's own images, as in the guide's example. */
const publisher = '657197';

type BaseDisks = ReadonlyMap<string, { readonly file: string; readonly packed: Packing }>;

/** Base images in every region, where the seed is the demo. */
export async function seedBaseImages(context: EmulatorContext, { demo }: Seed): Promise<Planting> {
  if (!demo) return { plant: () => undefined };
  const disks = await makeBaseDisks(context);
  return {
    plant: () => {
      for (const region of context.regions) addBaseImages(context, region, disks);
    },
    discard: () => {
      for (const { file } of disks.values()) context.blobs.discard(file);
    },
  };
}

/** Small real disks, one for each image, packed as OVAs beside the store. */
async function makeBaseDisks(context: EmulatorContext): Promise<BaseDisks> {
  const disks = families.map(async ({ name, guest }) => {
    const file = context.blobs.incoming();
    try {
      const packed = await context.lane.make(file, guest, name);
      return [name, { file, packed }] as const;
    } catch (error) {
      context.blobs.discard(file);
      throw error;
    }
  });
  const made = await Promise.allSettled(disks);
  const whole = made.flatMap((disk) => (disk.status === 'fulfilled' ? [disk.value] : []));
  const failed = made.find((disk) => disk.status === 'rejected');
  if (!failed) return new Map(whole);
  for (const [, { file }] of whole) context.blobs.discard(file);
  throw failed.reason;
}

/** Inside `store.write`: the base images of a region. Their ids stay the same from seed to seed. */
function addBaseImages(context: EmulatorContext, region: string, disks: BaseDisks): void {
  for (const family of families) {
    const disk = disks.get(family.name);
    if (!disk) throw new Error(`There is no disk for ${family.name}.`);
    const { file, packed } = disk;
    context.blobs.adopt(file, packed.sha512, packed.size);
    const built = Date.parse(
      `${family.release.built.replace('_', 'T').replace(/-(\d\d)-(\d\d)$/, ':$1:$2')}Z`,
    );
    context.images.create({
      region,
      id: makeStableUuid(`image ${region} ${family.name}`),
      owner: publisher,
      name: family.name,
      visibility: 'public',
      status: 'active',
      container_format: 'ovf',
      disk_format: 'vhd',
      min_disk: family.minDisk,
      min_ram: family.minRam,
      size: packed.size,
      checksum: packed.md5,
      os_hash_value: packed.sha512,
      blob: packed.sha512,
      stores: chooseDefaultStore(context),
      created: built,
      updated: built,
      properties: propertiesOf(family, context.profile),
      tags: [],
    });
  }
}

/** The base images of SOURCES: rackspace §2.2–2.4. */
function propertiesOf(family: Family, { images }: Profile): Map<string, Json> {
  const { osDistro, vendor, version } = family;
  const common: [string, Json][] = [
    ...(osDistro ? [['os_distro', osDistro] as [string, Json]] : []),
    ['os_type', family.guest === 'windows' ? 'windows' : 'linux'],
    ...(family.vmMode ? [['vm_mode', family.vmMode] as [string, Json]] : []),
  ];
  if (!images.releaseProperties)
    return new Map([...common, ['os_version', version], ['architecture', 'x86_64']]);
  return new Map<string, Json>([
    ...common,
    ['auto_disk_config', family.autoDiskConfig],
    ['cache_in_nova', 'True'],
    ['flavor_classes', family.flavorClasses],
    ['image_type', 'base'],
    ['org.openstack__1__architecture', 'x64'],
    ['org.openstack__1__os_distro', vendor],
    ['org.openstack__1__os_version', version],
    ...renderRelease(family.release, family.options),
    ...Object.entries(family.more ?? {}),
  ]);
}

function renderRelease({ id, number, built, shown }: Release, options: string): [string, Json][] {
  const rackspace: Record<string, string> = {
    options,
    ...(id === undefined ? {} : { release_id: id }),
    release_version: number,
    release_build_date: built,
    source: 'kickstart',
    platform_target: 'PublicCloud',
    ...(shown ? { ui_default_show: 'True' } : {}),
    build_core: '1',
    build_managed: '1',
    build_rackconnect: '1',
    visible_core: '1',
    visible_managed: options === '1' ? '0' : '1',
    visible_rackconnect: '1',
  };
  return Object.entries(rackspace).map(([name, value]) => [`com.rackspace__1__${name}`, value]);
}
