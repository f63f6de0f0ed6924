import type { JsonObject } from '../../../rules/json.ts';
import type { EmulatorContext } from '../context.ts';
import { createMetadefs } from './records.ts';
import type { Kind } from './schemas.ts';

interface Entry {
  readonly display_name: string;
  readonly description: string;
  readonly resource_types: readonly JsonObject[];
  readonly properties?: Readonly<Record<string, JsonObject>>;
  readonly objects?: readonly JsonObject[];
  readonly tags?: readonly string[];
}

const image = { name: 'OS::Glance::Image' };
const flavor = (prefix: string): JsonObject => ({ name: 'OS::Nova::Flavor', prefix });
const volume: JsonObject = { name: 'OS::Cinder::Volume', properties_target: 'image' };
const choice = (title: string, description: string, ...values: string[]): JsonObject => ({
  title,
  description,
  type: 'string',
  enum: values,
});
const text = (title: string, description: string): JsonObject => ({ title, description, type: 'string' });
const whole = (title: string, description: string, minimum = 1): JsonObject => ({
  title,
  description,
  type: 'integer',
  minimum,
});
const flag = (title: string, description: string): JsonObject => ({ title, description, type: 'boolean' });
const version = text('Version', 'Which version is installed.');

/** Names and values that people look up about images, described in our own words. */
const catalogue: Readonly<Record<string, Entry>> = {
  'OS::Compute::Watchdog': {
    display_name: 'Watchdog',
    description: 'A device that acts when the guest hangs.',
    resource_types: [{ ...image, prefix: 'hw_' }, flavor('hw:'), { ...volume, prefix: 'hw_' }],
    properties: {
      watchdog_action: choice(
        'Watchdog action',
        'What happens to a server whose guest has stopped answering the device.',
        'disabled',
        'none',
        'pause',
        'poweroff',
        'reset',
      ),
    },
  },
  'OS::Compute::VirtCPUTopology': {
    display_name: 'Virtual CPU topology',
    description: 'How the virtual processors appear to the guest; some are licensed by socket.',
    resource_types: [{ ...image, prefix: 'hw_' }, flavor('hw:'), { ...volume, prefix: 'hw_' }],
    properties: {
      cpu_sockets: whole('Sockets', 'The number of sockets to show.'),
      cpu_cores: whole('Cores', 'The number of cores in a socket.'),
      cpu_threads: whole('Threads', 'The number of threads in a core.'),
      cpu_max_sockets: whole('Most sockets', 'No topology with more sockets is chosen.'),
      cpu_max_cores: whole('Most cores', 'No topology with more cores in a socket is chosen.'),
      cpu_max_threads: whole('Most threads', 'No topology with more threads in a core is chosen.'),
    },
  },
  'OS::Compute::GuestMemoryBacking': {
    display_name: 'Guest memory',
    description: 'The size of the memory pages that back a guest.',
    resource_types: [{ ...image, prefix: 'hw_' }, flavor('hw:'), { ...volume, prefix: 'hw_' }],
    properties: {
      mem_page_size: text('Page size', 'small, large, any, or a size such as 2048 (KiB) or 1GB.'),
    },
  },
  'OS::Compute::LibvirtImage': {
    display_name: 'Devices of KVM and QEMU guests',
    description:
      'Which devices a guest is given; they must be ones that its operating system has drivers for.',
    resource_types: [image, volume],
    properties: {
      hw_disk_bus: choice('Disk bus', 'How disks are attached.', 'ide', 'sata', 'scsi', 'usb', 'virtio'),
      hw_vif_model: choice(
        'Network card',
        'Which card the guest sees.',
        'e1000',
        'e1000e',
        'ne2k_pci',
        'pcnet',
        'rtl8139',
        'virtio',
      ),
      hw_video_model: choice('Video', 'Which video device the guest sees.', 'cirrus', 'qxl', 'vga', 'virtio'),
      hw_machine_type: text('Machine type', 'The machine that is emulated, such as q35.'),
      hw_firmware_type: choice('Firmware', 'What boots the guest.', 'bios', 'uefi'),
      hw_qemu_guest_agent: choice('Guest agent', 'Whether the guest runs the QEMU agent.', 'yes', 'no'),
      hw_rng_model: choice('Random numbers', 'A device that feeds the guest random numbers.', 'virtio'),
      os_require_quiesce: choice(
        'Quiesce',
        'Refuse a snapshot when file systems cannot be frozen.',
        'yes',
        'no',
      ),
    },
  },
  'OS::Compute::XenAPI': {
    display_name: 'XenServer guests',
    description: 'What a XenServer host needs to know to boot an image.',
    resource_types: [image, volume],
    properties: {
      vm_mode: choice('Mode', 'xen is paravirtual, hvm is a full virtual machine.', 'hvm', 'xen'),
      os_type: choice(
        'Operating system',
        'The family, which sets what the host tells the guest.',
        'linux',
        'windows',
      ),
      auto_disk_config: choice(
        'Resize the disk',
        'Whether the file system grows to the flavor.',
        'true',
        'false',
      ),
    },
  },
  'OS::Compute::InstanceData': {
    display_name: 'First boot',
    description: 'How a server learns its keys, network and user data.',
    resource_types: [image, volume],
    properties: {
      img_config_drive: choice(
        'Configuration drive',
        'Whether the image cannot do without one.',
        'mandatory',
        'optional',
      ),
      os_admin_user: text('Administrator', 'The user that keys and passwords are set for.'),
    },
  },
  'OS::Glance::CommonImageProperties': {
    display_name: 'Common properties of images',
    description: 'What nearly every image tells of itself.',
    resource_types: [image],
    properties: {
      architecture: text('Architecture', 'The processor architecture, such as x86_64 or aarch64.'),
      os_distro: text('Distribution', 'The distribution in lower case, such as debian or ubuntu.'),
      os_version: text('Version of the operating system', 'The version as its distributor writes it.'),
      kernel_id: text('Kernel', 'The id of the image that holds the kernel, where it is apart.'),
      ramdisk_id: text('RAM disk', 'The id of the image that holds the RAM disk, where it is apart.'),
      instance_uuid: text('Server', 'The id of the server that this image was made of.'),
    },
  },
  'OS::Glance::Signatures': {
    display_name: 'Signatures',
    description: 'What the service checks the data of an image against.',
    resource_types: [image],
    properties: {
      img_signature: text('Signature', 'The signature of the data, in base 64.'),
      img_signature_certificate_uuid: text('Certificate', 'Where the key manager has the certificate.'),
      img_signature_hash_method: choice(
        'Hash',
        'The hash that is signed.',
        'SHA-224',
        'SHA-256',
        'SHA-384',
        'SHA-512',
      ),
      img_signature_key_type: choice(
        'Key',
        'The kind of key that signed it.',
        'DSA',
        'RSA-PSS',
        'ECC_SECP384R1',
      ),
    },
  },
  'OS::Software::Databases': {
    display_name: 'Databases',
    description: 'Databases that are installed, so that an image can be found by them.',
    resource_types: [image, volume, { name: 'OS::Nova::Server', properties_target: 'metadata' }],
    objects: [
      {
        name: 'MySQL',
        description: 'The relational database MySQL.',
        properties: {
          sw_database_mysql_version: version,
          sw_database_mysql_listen_port: whole('Port', 'Where it listens.'),
        },
      },
      {
        name: 'PostgreSQL',
        description: 'The relational database PostgreSQL.',
        properties: {
          sw_database_postgresql_version: version,
          sw_database_postgresql_listen_port: whole('Port', 'Where it listens.'),
        },
      },
      {
        name: 'Redis',
        description: 'The key-value store Redis.',
        properties: { sw_database_redis_version: version },
      },
    ],
    tags: ['MySQL', 'PostgreSQL', 'Redis'],
  },
  'OS::Software::WebServers': {
    display_name: 'Web servers',
    description: 'Web servers that are installed.',
    resource_types: [image, volume, { name: 'OS::Nova::Server', properties_target: 'metadata' }],
    objects: [
      {
        name: 'Apache HTTP Server',
        description: 'The Apache web server.',
        properties: {
          sw_webserver_apache_version: version,
          sw_webserver_apache_http_port: whole('Port', 'Where it listens.'),
        },
      },
      {
        name: 'Nginx',
        description: 'The web server and proxy Nginx.',
        properties: {
          sw_webserver_nginx_version: version,
          sw_webserver_nginx_ssl: flag('TLS', 'Whether certificates are set up.'),
        },
      },
    ],
    tags: ['Apache', 'Nginx'],
  },
};

/** Inside `store.write`: the catalogue that a plain OpenStack comes with; it belongs to nobody and all may read it. */
export function addCatalogue(context: EmulatorContext): void {
  if (!context.profile.offers.metadefs) return;
  for (const region of context.regions) {
    const metadefs = createMetadefs(context.store, context.clock, region);
    for (const [name, entry] of Object.entries(catalogue)) {
      const { display_name, description } = entry;
      metadefs.put({ name, owner: 'admin', visibility: 'public', protected: 1, display_name, description });
      const add = (kind: Kind, body: JsonObject) => metadefs.define(name, kind, body);
      for (const type of entry.resource_types) add('resource_types', type);
      for (const [property, body] of Object.entries(entry.properties ?? {}))
        add('properties', { name: property, ...body });
      for (const object of entry.objects ?? []) add('objects', object);
      for (const tag of entry.tags ?? []) add('tags', { name: tag });
    }
  }
}
