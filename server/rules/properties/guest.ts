import { fieldsSource, guideSource, metaSource, type Property } from './property.ts';

/** Distributions by the names of libosinfo, which the guide lists, and those that are common beyond it. */
const distributions: readonly string[] = (
  'almalinux alpine arch centos cirros debian fedora fedora-coreos flatcar freebsd gardenlinux gentoo mandrake mandriva mes ' +
  'msdos netbsd netware openbsd opensolaris opensuse rhel rocky sled sles talos ubuntu windows'
).split(' ');

const threeParts = 'Nova deprecates images of three parts (AMI, AKI, ARI) since 2025.';

/** The guest's operating system, and how it learns what it is. */
export const guestProperties: readonly Property[] = [
  {
    name: 'os_type',
    title: 'Operating system',
    description: 'The family of the operating system, which sets what the host tells the guest.',
    kind: 'enum',
    readers: ['nova'],
    values: ['linux', 'windows'],
    anyCase: true,
    source: fieldsSource,
  },
  {
    name: 'os_distro',
    title: 'Distribution',
    description:
      'The distribution in lower case, by the short name of libosinfo, which also chooses devices that it has drivers for.',
    kind: 'text',
    readers: ['nova'],
    values: distributions,
    source: guideSource,
  },
  {
    name: 'os_version',
    title: 'Operating system version',
    description: 'The version as its distributor writes it, in quotes: `22.10` is a number to YAML.',
    kind: 'text',
    readers: ['people'],
    source: guideSource,
  },
  {
    name: 'os_admin_user',
    title: 'Administrator',
    description: 'The user whose password is set.',
    kind: 'text',
    readers: ['nova'],
    source: metaSource,
  },
  {
    name: 'os_command_line',
    title: 'Kernel arguments',
    description: 'What the kernel is started with, where kernel and RAM disk are images of their own.',
    kind: 'text',
    readers: ['nova'],
    source: metaSource,
  },
  {
    name: 'os_shutdown_timeout',
    title: 'Time to shut down',
    description: 'Seconds that the guest has to shut down before it is switched off.',
    kind: 'integer',
    readers: ['nova'],
    minimum: 0,
    source: 'nova/compute/manager.py',
  },
  {
    name: 'img_config_drive',
    title: 'Configuration drive',
    description: 'Whether the image cannot boot without one.',
    kind: 'enum',
    readers: ['nova'],
    values: ['mandatory', 'optional'],
    source: fieldsSource,
  },
  {
    name: 'img_hide_hypervisor_id',
    title: 'Hidden hypervisor',
    description: 'Hides from the guest that it runs on KVM, which some drivers want.',
    kind: 'boolean',
    readers: ['nova'],
    flavorSpec: 'hide_hypervisor_id',
    source: metaSource,
  },
  {
    name: 'img_cache_in_nova',
    title: 'Cached on hosts',
    description: 'Whether hosts keep the image, where the operator lets images decide.',
    kind: 'boolean',
    readers: ['nova'],
    source: metaSource,
  },
  {
    name: 'img_compression_level',
    title: 'Compression level',
    description: 'How much snapshots on XenServer are compressed.',
    kind: 'integer',
    readers: ['nova'],
    minimum: 1,
    maximum: 9,
    source: metaSource,
  },
  {
    name: 'img_type',
    title: 'Image type of Ironic',
    description: 'Whether the image is a whole disk or a partition, for Ironic.',
    kind: 'enum',
    readers: ['ironic'],
    values: ['partition', 'whole-disk'],
    source: 'ironic/common/image_service.py',
  },
  {
    name: 'rootfs_uuid',
    title: 'Root file system',
    description: 'The UUID of the root file system, for software RAID by Ironic.',
    kind: 'text',
    readers: ['ironic'],
    source: guideSource,
  },
  {
    name: 'kernel_id',
    title: 'Kernel',
    description: 'The id of the image of the kernel, where it is apart.',
    kind: 'uuid',
    readers: ['glance', 'nova'],
    retired: threeParts,
    source: 'glance/etc/schema-image.json',
  },
  {
    name: 'ramdisk_id',
    title: 'RAM disk',
    description: 'The id of the image of the RAM disk, where it is apart.',
    kind: 'uuid',
    readers: ['glance', 'nova'],
    retired: threeParts,
    source: 'glance/etc/schema-image.json',
  },
  {
    name: 'instance_uuid',
    title: 'Server',
    description: 'The id of the server that the image was made of.',
    kind: 'uuid',
    readers: ['people'],
    setBy: 'Nova, on snapshots',
    source: 'glance/etc/schema-image.json',
  },
  {
    name: 'description',
    title: 'Description',
    description: 'A text for people.',
    kind: 'text',
    readers: ['people'],
    source: 'glance/etc/schema-image.json',
  },
];
