import type { Flavor as ProfileFlavor } from '../../../../rules/profile/profile.ts';
import type { Flavor } from './records.ts';

/** A flavor of the profile as Cloud Servers shows it (SOURCES: rackspace §7). */
export function describeFlavor(flavor: ProfileFlavor): Flavor {
  return {
    ...flavor,
    name: nameFlavor(flavor),
    swap: flavor.class === 'standard1' ? Math.min(flavor.ram, 2048) : 0,
    rxtx_factor: findFactor(flavor),
    is_public: true,
    description: null,
    extra_specs: describeSpecs(flavor),
  };
}

const families: Readonly<Record<string, string>> = {
  performance1: 'Performance',
  performance2: 'Performance',
  general1: 'General Purpose v1',
  io1: 'I/O v1',
  compute1: 'Compute v1',
  memory1: 'Memory v1',
};

function nameFlavor({ id, class: name, ram }: ProfileFlavor): string {
  if (name === 'standard1') return `${ram < 1024 ? `${ram}MB` : `${ram / 1024}GB`} Standard Instance`;
  const family = families[name];
  if (family !== undefined) return `${ram / 1024} GB ${family}`;
  const [, kind = '', version = '', size = ''] = /^onmetal-([a-z]+)(\d)-?(.*)$/.exec(id) ?? [];
  const words = [kind === 'general' ? 'General Purpose' : capitalize(kind), capitalize(size)];
  return ['OnMetal', ...words.filter((word) => word !== ''), `v${version}`].join(' ');
}

function capitalize(word: string): string {
  return word === 'io' ? 'IO' : word.charAt(0).toUpperCase() + word.slice(1);
}

/** Mbit/s of the network, by GB of memory. */
function findFactor({ class: name, ram }: ProfileFlavor): number {
  const gigabytes = ram / 1024;
  if (name === 'standard1')
    return [80, 120, 240, 400, 600, 800, 1200][[0.5, 1, 2, 4, 8, 15, 30].indexOf(gigabytes)] ?? 80;
  if (name === 'general1' || name === 'performance1') return 200 * gigabytes;
  if (name === 'memory1') return (10_000 * gigabytes) / 240;
  return name === 'compute1' ? (5000 * gigabytes) / 60 : Math.min((10_000 * gigabytes) / 120, 10_000);
}

function describeSpecs({ class: name, ram, ephemeral }: ProfileFlavor): Record<string, string> {
  const policy = `${name.replace(/\d$/, '')}_flavor`;
  const specs = { class: name, policy_class: policy };
  if (name.startsWith('onmetal')) return specs;
  return {
    ...(name.startsWith('performance') ? { resize_policy_class: policy } : {}),
    ...specs,
    disk_io_index: indexDisk(name, ram / 1024),
    number_of_data_disks: String(Math.ceil(ephemeral / 300)),
  };
}

function indexDisk(name: string, gigabytes: number): string {
  if (name === 'standard1') return '2';
  if (name === 'compute1' || name === 'memory1') return '-1';
  return gigabytes > 90 ? '80' : gigabytes > 60 ? '70' : gigabytes > 30 ? '60' : '40';
}
