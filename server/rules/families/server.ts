import { articles } from '../articles.ts';
import { type JsonObject, valueAt } from '../json.ts';
import { flavorOf, idOfReference, readFlavorRef } from '../profile/flavors.ts';
import type { Flavor } from '../profile/profile.ts';
import { type Example, type Fix, type Observation, observe, type Rule } from '../rule.ts';
import { answers, describeInactive, gigabytes } from '../service/answers.ts';
import { bootDeviceOf } from '../service/bootDevices.ts';
import type { Refusal } from '../service/changes.ts';
import { serverOf } from '../service/imageReferences.ts';
import { systemDiskOf } from '../service/imageSizes.ts';
import type { Refused, Subject } from '../subject.ts';
import { explainMissing, typeFixes } from '../valueFixes.ts';

const guide = 'Cloud Servers guide, create server';
const limitations = articles.limitations;
const migrate = 'How-to "Migrating between server flavors"';
const id = '7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e';

/** A server's body for the examples. */
export function body(flavor: string, more = ''): string {
  return `server:\n  name: web\n  imageRef: ${id}\n  flavorRef: ${flavor}\n${more}`;
}

function fromVolume(flavor: string): string {
  return `server:\n  name: web\n  flavorRef: ${flavor}\n  block_device_mapping_v2:\n    - { boot_index: 0, source_type: image, destination_type: volume, uuid: ${id}, volume_size: 100 }\n`;
}

/** A disk beside the one that is booted. */
const data = '    - { boot_index: -1, source_type: blank, destination_type: volume, volume_size: 10 }\n';

/** What refuses a server. */
export const serverRules: readonly Rule[] = [
  refused({
    id: 'server/form',
    source: 'SOURCES: nova §4',
    profile: 'openstack',
    summary: 'The body has the form of Nova’s schema: no other members, each of its type.',
    example: { bad: body('"1"', '  colour: blue\n'), good: body('"1"') },
    explain: ({ refusal }) => `${sentence(refusal.text)} Nova refuses the whole body for it.`,
  }),
  refused({
    id: 'server/name',
    member: 'name',
    source: guide,
    summary: 'A server has a name, of at most 255 characters.',
    example: { bad: body('general1-2').replace('name: web', 'name: ""'), good: body('general1-2') },
    explain: ({ refusal }) => `${sentence(refusal.text)} Write a name of 1 to 255 characters.`,
  }),
  refused({
    id: 'server/image-ref',
    member: 'imageRef',
    source: guide,
    summary: 'A server is built from an image, named by its UUID, or boots from a volume.',
    example: { bad: body('general1-2').replace(id, 'web'), good: body('general1-2') },
    explain: ({ refusal }) =>
      `${sentence(refusal.text)} Write the UUID of the image as 'imageRef', or a boot device in 'block_device_mapping_v2'.`,
  }),
  refused({
    id: 'server/devices',
    source: 'SOURCES: nova §4',
    summary:
      'The devices of a server form a boot sequence: numbered from 0, each once, the image of imageRef among them.',
    example: {
      bad: body('general1-2', `  block_device_mapping_v2:\n${data}`),
      good: body(
        'general1-2',
        `  block_device_mapping_v2:\n    - { boot_index: 0, source_type: image, destination_type: local, uuid: ${id} }\n${data}`,
      ),
    },
    explain: ({ refusal }, { manifest }) =>
      `${sentence(refusal.text)} ${remedyOfDevices(refusal, serverOf(manifest))}`,
    fixes: (pointer, { manifest }) => fixesOfDevices(pointer, serverOf(manifest)),
  }),
  refused({
    id: 'server/flavor-ref',
    member: 'flavorRef',
    source: guide,
    summary: 'A server has one of the flavors of the cloud.',
    example: { bad: body('general1-3'), good: body('general1-2') },
    explain: ({ refusal }, { facts }) => {
      const flavors = facts.flavors ?? facts.profile.flavors ?? [];
      const some = flavors.filter((flavor) => flavor.class === 'general1').map((flavor) => flavor.id);
      return `${sentence(refusal.text)} Write the id of a flavor${some.length > 0 ? `, such as ${some.join(', ')}` : ''}.`;
    },
  }),
  refused({
    id: 'server/image',
    source: guide,
    summary: 'The image exists, in the region that is asked, and the account may see it.',
    example: { bad: body('general1-2'), good: body('general1-2'), image: null, goodImage: {} },
    explain: () => 'There is no such image in this region, or it is not shared with your account.',
  }),
  refused({
    id: 'server/volume-only',
    source: migrate,
    profile: 'rackspace',
    summary: 'Compute and Memory flavors have no system disk: they boot from a volume.',
    example: { bad: body('compute1-4'), good: fromVolume('compute1-4') },
    explain: ({ refusal }) =>
      `${refusal.text} Add a boot device that makes a volume of the image in 'block_device_mapping_v2'.`,
  }),
  refused({
    id: 'server/no-volume',
    source: migrate,
    profile: 'rackspace',
    summary: 'Standard and OnMetal flavors cannot boot from a volume.',
    example: { bad: fromVolume('"4"'), good: body('"4"') },
    explain: ({ refusal }) => `${refusal.text} Take another flavor, or build it from the image itself.`,
  }),
  refused({
    id: 'server/disk-config',
    source: `${guide}: OS-DCF:diskConfig`,
    summary: 'An image whose auto_disk_config is disabled is not resized to the flavor.',
    example: {
      bad: body('general1-2', '  OS-DCF:diskConfig: AUTO\n'),
      good: body('general1-2', '  OS-DCF:diskConfig: MANUAL\n'),
      image: { auto_disk_config: 'disabled' },
    },
    explain: ({ refusal }) => `${refusal.text} Ask for MANUAL.`,
    fixes: (pointer) => [{ title: 'Change to MANUAL', edits: [{ do: 'set', pointer, value: 'MANUAL' }] }],
  }),
  refused({
    id: 'server/image-status',
    source: 'Cloud Images guide, image statuses',
    summary:
      'A server is built from an active image only: not from one that is being made or is deactivated.',
    example: {
      bad: body('general1-2'),
      good: body('general1-2'),
      image: { status: 'deactivated' },
      goodImage: { status: 'active' },
    },
    explain: (_, { facts }) => describeInactive(String(facts.image?.get('status'))),
  }),
  refused({
    id: 'server/image-properties',
    source: 'SOURCES: properties §3',
    profile: 'openstack',
    summary: 'Nova reads the properties of the image when a server is built, and refuses what it cannot use.',
    example: {
      bad: body('"1"'),
      good: body('"1"'),
      image: { hw_firmware_type: 'UEFI' },
      goodImage: { hw_firmware_type: 'uefi' },
    },
    explain: ({ refusal }) =>
      `${sentence(refusal.text)} It is the image's properties that stand against it, with this flavor: change them, or take another image.`,
  }),
  refused({
    id: 'server/volume-image',
    source: `${migrate}: 412`,
    profile: 'rackspace',
    summary: 'A bootable volume is made from images of at most 127 GB.',
    example: {
      bad: fromVolume('memory1-15'),
      good: fromVolume('memory1-15'),
      image: { min_disk: 128 },
      goodImage: { min_disk: 127 },
    },
    explain: ({ refusal }) => `${refusal.text} Shrink the disk and import it anew.`,
  }),
  refused({
    id: 'server/ram',
    source: `${guide}: min_ram`,
    summary: 'The memory of the flavor is at least what the image asks for.',
    example: { bad: body('general1-1'), good: body('general1-2'), image: { min_ram: 2048 } },
    explain: (_, subject) => {
      const least = Number(subject.facts.image?.get('min_ram') ?? 0);
      return `The image asks for ${least} MB of memory; this flavor has ${flavorIn(subject)?.ram ?? 0} MB.${larger(subject, (flavor) => flavor.ram >= least)}`;
    },
  }),
  refused({
    id: 'server/disk',
    source: `${limitations}, Windows; ${guide}: min_disk`,
    summary: 'The system disk of the flavor is at least the disk of the image, and what it asks for.',
    example: { bad: body('general1-1'), good: body('general1-2'), image: { min_disk: 40 } },
    explain: (_, subject) => {
      const { image } = subject.facts;
      const least = Math.max(
        Number(image?.get('min_disk') ?? 0),
        ((image && systemDiskOf(image)) ?? 0) / 2 ** 30,
      );
      return `The image needs a system disk of ${least} GB; this flavor has ${flavorIn(subject)?.disk ?? 0} GB.${larger(subject, (flavor) => flavor.disk >= least)}`;
    },
  }),
  refused({
    id: 'server/extras',
    source: `${guide}: absolute limits; SOURCES: nova §4`,
    summary:
      'A server is built with at most 40 entries of metadata (128 in plain OpenStack), and 5 files of 10 KB.',
    example: {
      bad: body('general1-2', `  metadata:\n${entries(41)}`),
      good: body('general1-2', `  metadata:\n${entries(40)}`),
    },
    explain: ({ refusal }) => `${sentence(refusal.text)} Leave some of it out.`,
  }),
  refused({
    id: 'server/flavor-class',
    source: 'Cloud Images guide, flavor_classes',
    profile: 'rackspace',
    summary: 'An image may admit or exclude classes of flavors.',
    example: {
      bad: body('io1-15'),
      good: body('general1-2'),
      image: { flavor_classes: '*,!io1,!memory1,!compute1,!onmetal' },
    },
    explain: (_, { facts }) =>
      `The image does not admit this class of flavors: its flavor_classes are '${String(facts.image?.get('flavor_classes'))}'.`,
  }),
  refused({
    id: 'server/system-volume',
    source: `${limitations}, Linux; DECISIONS 2`,
    profile: 'rackspace',
    summary: 'General Purpose and I/O servers are not built from images with system volumes over 40 GB.',
    example: {
      bad: body('general1-4'),
      good: body('"6"'),
      image: { virtual_size: 60 * 2 ** 30 },
    },
    explain: ({ refusal }, { facts }) =>
      `${refusal.text} The image has ${gigabytes((facts.image && systemDiskOf(facts.image)) ?? 0)}. Shrink it, or take a Standard flavor. (The limits generalPurposeDiskBytes and ioDiskBytes of .cloud-images.json say where this ends.)`,
  }),
  refused({
    id: 'server/windows-ram',
    source: articles.flavors,
    profile: 'rackspace',
    summary: 'Windows on General Purpose flavors takes at least 2 GB of memory.',
    example: { bad: body('general1-1'), good: body('general1-2'), image: { os_type: 'windows' } },
    explain: () =>
      'Windows takes at least 2 GB of memory on a General Purpose flavor. Take general1-2 or larger.',
  }),
  refused({
    id: 'server/quota',
    source: 'SOURCES: nova §2',
    summary: 'An account has a quota of servers, of their processors and of their memory.',
    example: {
      bad: body('general1-2'),
      good: body('general1-2'),
      quota: {
        limits: { instances: 1, cores: -1, ram: -1 },
        used: { instances: 1, cores: 2, ram: 2048 },
      },
    },
    explain: ({ refusal }) =>
      `${sentence(refusal.text)} Servers of the documents before count too. Delete servers, take a smaller flavor, or have the quota raised.`,
  }),
];

function flavorIn({ manifest, facts }: Subject): Flavor | undefined {
  const reference = readFlavorRef(serverOf(manifest)['flavorRef']);
  return reference === undefined ? undefined : flavorOf(reference, facts.flavors ?? facts.profile.flavors);
}

function remedyOfDevices({ pointer, text }: Refusal, server: JsonObject): string {
  if (text === answers.deviceUuid('Missing').text)
    return "Write what it is made of as 'uuid': the id of an image, a volume or a snapshot.";
  if (text === answers.deviceUuid('Invalid').text) return 'An empty disk is made of nothing: leave it out.';
  if (text === answers.imageToLocal().text)
    return "Only the image of 'imageRef' becomes a local disk, as the device whose boot_index is 0. Make a volume of any other.";
  if (pointer.endsWith('/device_name')) return 'Leave it out: Nova chooses a name that is free.';
  if (text !== answers.bootSequence().text) return "Write the gigabytes as 'volume_size'.";
  return server['imageRef'] && !bootDeviceOf(server)
    ? "With 'block_device_mapping_v2' the image stands in the list too, as the device whose boot_index is 0."
    : 'Give the device that is booted the boot_index 0, those that are tried after it 1, 2 and so on, all others -1.';
}

function fixesOfDevices(pointer: string, server: JsonObject): Fix[] {
  const { imageRef: image } = server;
  if (pointer.endsWith('/device_name') || pointer.endsWith('/uuid'))
    return [{ title: 'Remove it', edits: [{ do: 'remove', pointer }] }];
  if (typeof image !== 'string' || image === '') return [];
  if (pointer !== '/server/block_device_mapping_v2' || bootDeviceOf(server)) return [];
  const first = {
    boot_index: 0,
    source_type: 'image',
    destination_type: 'local',
    uuid: idOfReference(image),
  };
  return [
    {
      title: 'Add the image as the device that is booted',
      edits: [{ do: 'set', pointer: `${pointer}/-`, value: first }],
    },
  ];
}

/** The smallest flavor of the same class that would do. */
function larger(subject: Subject, fits: (flavor: Flavor) => boolean): string {
  const { facts } = subject;
  const same = flavorIn(subject)?.class;
  const found = (facts.flavors ?? facts.profile.flavors)?.find(
    (flavor) => flavor.class === same && fits(flavor),
  );
  return found ? ` Take ${found.id} or larger.` : ' Take a larger flavor.';
}

function entries(count: number): string {
  return Array.from({ length: count }, (_, at) => `    k${at}: x\n`).join('');
}

/** Some of Nova's texts have a full stop, some have none. */
function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

type Given = Omit<Example, 'kind'>;

function refused({
  id: rule,
  source,
  summary,
  profile,
  example,
  explain,
  fixes,
  member,
}: Pick<Rule, 'id' | 'source' | 'summary' | 'profile'> & {
  readonly example: Given;
  readonly explain: (refused: Refused, subject: Subject) => string;
  readonly fixes?: (pointer: string, subject: Subject) => NonNullable<Observation['fixes']>;
  /** The key that may be missing or of another type. */
  readonly member?: string;
}): Rule {
  return {
    id: rule,
    source,
    summary,
    severity: 'error',
    kinds: ['server'],
    ...(profile ? { profile } : {}),
    example: { kind: 'server', ...example },
    *check(subject) {
      yield* observe(subject, rule, (one) => {
        const message = explain(one, subject);
        const { pointer } = one.refusal;
        const { manifest } = subject;
        if (member !== undefined && pointer === '/server')
          return explainMissing(manifest, pointer, member, message);
        const written =
          member === undefined ? [] : typeFixes(pointer, valueAt(manifest, pointer), ['string']);
        return { message, fixes: [...written, ...(fixes?.(pointer, subject) ?? [])] };
      });
    },
  };
}
