import type { JsonObject } from '../../../rules/json.ts';
import type { Property } from '../../../rules/properties/property.ts';
import { findProperty } from '../../../rules/properties/table.ts';
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
const text = (title: string, description: string): JsonObject => ({ title, description, type: 'string' });
const whole = (title: string, description: string, minimum = 1): JsonObject => ({
  title,
  description,
  type: 'integer',
  minimum,
});
const flag = (title: string, description: string): JsonObject => ({ title, description, type: 'boolean' });
const hardware = [{ ...image, prefix: 'hw_' }, flavor('hw:'), { ...volume, prefix: 'hw_' }];

/** Definitions of properties of the table, under their names without a prefix. */
function define(prefix: string, ...names: readonly string[]): Record<string, JsonObject> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const property = findProperty(prefix + name);
      return property ? [[name, toDefinition(property)]] : [];
    }),
  );
}

/** A property as a JSON schema, which is the form of a definition. */
function toDefinition({ title, description, kind, values = [], minimum, maximum }: Property): JsonObject {
  const type = kind === 'integer' || kind === 'boolean' ? kind : 'string';
  return {
    title,
    description,
    type,
    ...(kind === 'enum' ? { enum: [...values] } : {}),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

const version = text('Version', 'Which version is installed.');

/** Names and values that people look up about images; what services read of them is of the table of properties. */
const catalogue: Readonly<Record<string, Entry>> = {
  'OS::Compute::Watchdog': {
    display_name: 'Watchdog',
    description: 'A device that acts when the guest hangs.',
    resource_types: hardware,
    properties: define('hw_', 'watchdog_action'),
  },
  'OS::Compute::VirtCPUTopology': {
    display_name: 'Virtual CPU topology',
    description: 'How the virtual processors appear to the guest; some are licensed by socket.',
    resource_types: hardware,
    properties: define(
      'hw_',
      ...['cpu_sockets', 'cpu_cores', 'cpu_threads', 'cpu_max_sockets', 'cpu_max_cores', 'cpu_max_threads'],
    ),
  },
  'OS::Compute::CPUPinning': {
    display_name: 'Pinned processors',
    description: 'How the guest’s processors lie on those of its host.',
    resource_types: hardware,
    properties: define('hw_', 'cpu_policy', 'cpu_thread_policy'),
  },
  'OS::Compute::GuestMemoryBacking': {
    display_name: 'Guest memory',
    description: 'The memory pages that back a guest.',
    resource_types: hardware,
    properties: define('hw_', 'mem_page_size', 'locked_memory'),
  },
  'OS::Compute::TPM': {
    display_name: 'TPM',
    description: 'The trusted platform module that a guest is given.',
    resource_types: hardware,
    properties: define('hw_', 'tpm_version', 'tpm_model'),
  },
  'OS::Compute::LibvirtImage': {
    display_name: 'Devices of KVM and QEMU guests',
    description:
      'Which devices a guest is given; they must be ones that its operating system has drivers for.',
    resource_types: [image, volume],
    properties: define(
      '',
      ...['hw_disk_bus', 'hw_cdrom_bus', 'hw_scsi_model', 'hw_vif_model', 'hw_vif_multiqueue_enabled'],
      ...['hw_video_model', 'hw_video_ram', 'hw_pointer_model', 'hw_input_bus', 'hw_serial_port_count'],
      ...['hw_machine_type', 'hw_firmware_type', 'os_secure_boot', 'hw_rescue_bus', 'hw_rescue_device'],
      ...[
        'hw_qemu_guest_agent',
        'os_require_quiesce',
        'hw_rng_model',
        'hw_boot_menu',
        'hw_pmu',
        'hw_time_hpet',
      ],
    ),
  },
  'OS::Compute::XenAPI': {
    display_name: 'XenServer guests',
    description: 'What a XenServer host needs to know to boot an image.',
    resource_types: [image, volume],
    properties: define('', 'vm_mode', 'os_type', 'auto_disk_config'),
  },
  'OS::Compute::InstanceData': {
    display_name: 'First boot of servers',
    description: 'How a server learns its keys, network and user data.',
    resource_types: [image, volume],
    properties: define('', 'img_config_drive', 'os_admin_user'),
  },
  'OS::Glance::CommonImageProperties': {
    display_name: 'Common properties of images',
    description: 'What nearly every image tells of itself.',
    resource_types: [image],
    properties: define(
      '',
      ...[
        'architecture',
        'os_distro',
        'os_version',
        'kernel_id',
        'ramdisk_id',
        'instance_uuid',
        'description',
      ],
    ),
  },
  'OS::Glance::Signatures': {
    display_name: 'Signatures',
    description: 'What the service checks the data of an image against.',
    resource_types: [image],
    properties: define(
      '',
      ...['img_signature', 'img_signature_certificate_uuid'],
      ...['img_signature_hash_method', 'img_signature_key_type'],
    ),
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
