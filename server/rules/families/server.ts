import { articles } from '../articles.ts';
import { type Json, valueAt } from '../json.ts';
import { flavorOf, readFlavorRef } from '../profile/flavors.ts';
import type { Flavor } from '../profile/profile.ts';
import { type Example, type Observation, observe, type Rule, type Severity } from '../rule.ts';
import { describeInactive, gigabytes } from '../service/answers.ts';
import { imagedServer } from '../service/createImage.ts';
import { serverOf } from '../service/imageReferences.ts';
import { systemDiskOf } from '../service/imageSizes.ts';
import type { Refused, Subject } from '../subject.ts';
import { explainMissing, typeFixes } from '../valueFixes.ts';

const guide = 'Cloud Servers guide, create server';
const limitations = articles.limitations;
const prepare = articles.preparing;
const migrate = 'How-to "Migrating between server flavors"';
const id = '7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e';
const at = '/server/imageRef';

/** A server's body for the examples. */
function body(flavor: string, more = ''): string {
  return `server:\n  name: web\n  imageRef: ${id}\n  flavorRef: ${flavor}\n${more}`;
}

function fromVolume(flavor: string): string {
  return `server:\n  name: web\n  flavorRef: ${flavor}\n  block_device_mapping_v2:\n    - { boot_index: 0, source_type: image, destination_type: volume, uuid: ${id}, volume_size: 100 }\n`;
}

/** What refuses a server, and what will be wrong with one that is built. */
export const serverRules: readonly Rule[] = [
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
    profile: 'rackspace',
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
  advice({
    id: 'server/vm-mode',
    severity: 'warning',
    source: `${prepare}; DECISIONS 17`,
    summary:
      'An imported image without vm_mode is booted paravirtualised: a disk made for HVM ends in ERROR.',
    example: {
      bad: body('general1-2'),
      good: body('general1-2'),
      image: { image_type: 'import' },
      goodImage: { image_type: 'import', vm_mode: 'hvm', xenapi_use_agent: 'False' },
    },
    *check({ facts: { image } }) {
      if (!isUnprepared(image, 'vm_mode')) return;
      yield {
        pointer: at,
        message:
          "The image was imported and has no 'vm_mode': it is booted paravirtualised, and if its disk is made for HVM the server ends in ERROR. Set vm_mode to hvm on the image first.",
      };
    },
  }),
  advice({
    id: 'server/agent',
    severity: 'warning',
    source: `${prepare}; DECISIONS 17`,
    summary:
      'Without an agent or cloud-init, a server of an imported image gets neither password nor network.',
    example: {
      bad: body('general1-2'),
      good: body('general1-2'),
      image: { image_type: 'import' },
      goodImage: { image_type: 'import', vm_mode: 'hvm', xenapi_use_agent: 'False' },
    },
    *check({ facts: { image } }) {
      if (!isUnprepared(image, 'xenapi_use_agent') || !isUnprepared(image, 'img_config_drive')) return;
      yield {
        pointer: at,
        message:
          "The image was imported and says nothing of an agent: unless nova-agent is on it, the server becomes ACTIVE without password and network. With cloud-init, set img_config_drive to 'mandatory' and xenapi_use_agent to 'False'.",
      };
    },
  }),
  advice({
    id: 'server/domain-controller',
    marks: 'key',
    severity: 'warning',
    source: '"About Cloud Server images", Windows servers; DECISIONS 18',
    summary: 'A server of the image of a domain controller ends in ERROR.',
    example: {
      bad: 'server: { name: web, flavorRef: general1-2 }\n',
      good: body('general1-2'),
      made: imageOf('domain_controller'),
    },
    *check(subject) {
      if (!isMadeOf(subject, 'domain_controller')) return;
      yield {
        pointer: '/server',
        message:
          'The image before is of a domain controller: this server ends in ERROR. Demote that server first.',
      };
    },
  }),
  advice({
    id: 'server/virtual-appliance',
    marks: 'key',
    severity: 'warning',
    source: '"About Cloud Server images", virtual appliances; DECISIONS 18',
    summary: 'A server of the image of a virtual appliance keeps its name, addresses, password and licence.',
    example: {
      bad: 'server: { name: web, flavorRef: general1-2 }\n',
      good: body('general1-2'),
      made: imageOf('virtual_appliance'),
    },
    *check(subject) {
      if (!isMadeOf(subject, 'virtual_appliance')) return;
      const asked = ['name', 'adminPass', 'networks'].filter((key) =>
        Object.hasOwn(serverOf(subject.manifest), key),
      );
      for (const key of asked)
        yield {
          pointer: `/server/${key}`,
          message: `A server of a virtual appliance's image keeps the old ${key === 'name' ? 'hostname' : key === 'networks' ? 'IP configuration' : 'password'}; this is ignored.`,
        };
    },
  }),
  advice({
    id: 'server/service-level',
    severity: 'hint',
    source: articles.support,
    summary: 'Servers of imported images get the Infrastructure service level.',
    example: {
      bad: body('general1-2'),
      good: body('general1-2'),
      image: { image_type: 'import', vm_mode: 'hvm', xenapi_use_agent: 'False' },
      goodImage: { image_type: 'base' },
    },
    *check({ facts: { image } }) {
      if (image?.get('image_type') !== 'import') return;
      yield {
        pointer: at,
        message:
          'An imported image is a non-standard one: a server of it gets the Infrastructure service level, whatever the account has, and downtime that the image causes is outside the SLA. Set its backups and monitoring up anew.',
      };
    },
  }),
  advice({
    id: 'server/unchecked',
    severity: 'information',
    source: 'This extension',
    summary: 'Without a connected cloud, the image was not looked at.',
    example: { bad: body('general1-2'), good: body('general1-2'), goodImage: {} },
    *check({ manifest, facts }) {
      if (facts.image !== undefined || typeof serverOf(manifest)['imageRef'] !== 'string') return;
      yield {
        pointer: at,
        message: 'Not checked: whether the image fits the flavor. Connect to its cloud.',
      };
    },
  }),
];

function isUnprepared(image: ReadonlyMap<string, Json> | null | undefined, property: string): boolean {
  return image?.get('image_type') === 'import' && !image.has(property);
}

function imageOf(role: string): { kind: 'server-image'; data: Json } {
  return { kind: 'server-image', data: { createImage: { name: 'web' }, server: { roles: [role] } } };
}

/** Tells whether the image is that of a server with this role, which a document before makes. */
function isMadeOf({ manifest, facts }: Subject, role: string): boolean {
  const { made } = facts;
  if (made?.kind !== 'server-image' || typeof serverOf(manifest)['imageRef'] === 'string') return false;
  const { roles } = imagedServer({ manifest: made.data, facts: { profile: facts.profile } });
  return Array.isArray(roles) && roles.includes(role);
}

function flavorIn({ manifest, facts }: Subject): Flavor | undefined {
  const reference = readFlavorRef(serverOf(manifest)['flavorRef']);
  return reference === undefined ? undefined : flavorOf(reference, facts.flavors ?? facts.profile.flavors);
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
  readonly fixes?: (pointer: string) => NonNullable<Observation['fixes']>;
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
        return { message, fixes: [...written, ...(fixes?.(pointer) ?? [])] };
      });
    },
  };
}

function advice({
  example,
  ...rule
}: Pick<Rule, 'id' | 'source' | 'summary' | 'check' | 'marks'> & {
  readonly severity: Severity;
  readonly example: Given;
}): Rule {
  return { ...rule, kinds: ['server'], profile: 'rackspace', example: { kind: 'server', ...example } };
}
