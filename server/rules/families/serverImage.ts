import { articles } from '../articles.ts';
import { isObject, type JsonObject, valueAt } from '../json.ts';
import { flavorOf } from '../profile/flavors.ts';
import { type Observation, observe, type Rule } from '../rule.ts';
import { show } from '../service/attributes.ts';
import { imagedServer } from '../service/createImage.ts';
import type { Refused, Subject } from '../subject.ts';
import { explainMissing, typeFixes } from '../valueFixes.ts';

const guide = 'Cloud Servers guide, create image';
const limitations = articles.limitations;
const about = '"About Cloud Server images"';
const kinds = ['server-image'] as const;
const notData = 'Data disks are not part of the image.';
const server = '9f1d3c5a-2b47-4f6e-8a90-1c2d3e4f5a6b';
const webImage = 'createImage: { name: web }\n';

/** What refuses an image of a server, and what such an image will lack. */
export const serverImageRules: readonly Rule[] = [
  refused({
    id: 'server-image/server',
    source: guide,
    summary: 'The server exists, in the region that is asked, and belongs to the account.',
    bad: `${webImage}server: { id: ${server} }\n`,
    good: `${webImage}server: { id: ${server} }\n`,
    server: null,
    goodServer: {},
    explain: ({ refusal }) => ({
      message: `${refusal.text} Write the id of a server of your account in this region.`,
    }),
  }),
  refused({
    id: 'server-image/form',
    source: 'SOURCES: nova §7',
    profile: 'openstack',
    summary: 'The body has the form of Nova’s schema: a name, and metadata that are pairs of text.',
    bad: 'createImage: { name: web, metadata: { "a/b": x } }\n',
    good: 'createImage: { name: web, metadata: { a_b: x } }\n',
    explain: ({ refusal }) => ({ message: `${refusal.text}. Nova refuses the whole body for it.` }),
  }),
  refused({
    id: 'server-image/name',
    source: guide,
    summary: 'An image of a server has a name, of at most 255 characters.',
    bad: 'createImage: { name: " " }\n',
    good: webImage,
    explain: ({ refusal: { pointer, text } }, { manifest }) => {
      const message = `${text}. Write a name of 1 to 255 characters.`;
      return pointer === '/createImage'
        ? explainMissing(manifest, pointer, 'name', message)
        : { message, fixes: typeFixes(pointer, valueAt(manifest, pointer), ['string']) };
    },
  }),
  refused({
    id: 'server-image/metadata-count',
    source: 'Cloud Servers guide, absolute limits: maxImageMeta',
    summary: 'An image of a server is made with at most 40 properties, 128 in plain OpenStack.',
    bad: `createImage:\n  name: web\n  metadata:\n${entries(41)}`,
    good: `createImage:\n  name: web\n  metadata:\n${entries(40)}`,
    explain: (_, { facts, manifest }) => {
      const count = Object.keys(valueAt(manifest, '/createImage/metadata') ?? {}).length;
      return {
        message: `${count} properties; at most ${facts.profile.limits.imageMetadata} are taken. Set the rest on the image once it is active.`,
      };
    },
  }),
  refused({
    id: 'server-image/metadata-key',
    marks: 'key',
    source: guide,
    summary: 'Names of metadata have 1 to 255 characters.',
    bad: 'createImage: { name: web, metadata: { "": x } }\n',
    good: 'createImage: { name: web, metadata: { team: x } }\n',
    explain: ({ refusal }) => ({ message: `${refusal.text}. Use 1 to 255 characters.` }),
  }),
  refused({
    id: 'server-image/metadata-value',
    source: `${guide}: metadata are pairs of text`,
    summary: 'The value of metadata is text.',
    bad: 'createImage: { name: web, metadata: { release: 7 } }\n',
    good: 'createImage: { name: web, metadata: { release: "7" } }\n',
    explain: ({ refusal: { pointer } }, { manifest }) => {
      const value = valueAt(manifest, pointer);
      return {
        message: `Values of metadata are text: ${show(value)} is not.`,
        fixes: typeFixes(pointer, value, ['string']),
      };
    },
  }),
  refused({
    id: 'server-image/protected',
    marks: 'key',
    source:
      'Cloud Images FAQ, "Does image property protection affect the image metadata calls in the Compute v2 API?"',
    summary:
      'Protected properties cannot be set through the Compute API either; the image inherits those of its server.',
    bad: 'createImage: { name: web, metadata: { com.rackspace__1__options: "0" } }\n',
    good: 'createImage: { name: web, metadata: { com.mycompany.team: blue } }\n',
    explain: ({ refusal: { name = '', pointer } }) => ({
      message: `'${name}' is a protected property: only the service sets it. Remove it.`,
      fixes: [{ title: `Remove '${name}'`, edits: [{ do: 'remove', pointer }] }],
    }),
  }),
  refused({
    id: 'server-image/boot-volume',
    source: about,
    profile: 'rackspace',
    summary: 'Servers with a boot volume are not imaged.',
    bad: `${webImage}server: { boot_volume: true }\n`,
    good: `${webImage}server: { boot_volume: false }\n`,
    explain: ({ refusal: { pointer, text } }, { manifest }) => {
      const why =
        pointer === '/server/flavor' ? ` ${show(valueAt(manifest, pointer))} boots from a volume only.` : '';
      return { message: `${text}${why} Make a snapshot or a clone of its volume.` };
    },
  }),
  refused({
    id: 'server-image/onmetal',
    source: articles.creation,
    profile: 'rackspace',
    summary: 'OnMetal servers cannot be imaged.',
    bad: `${webImage}server: { flavor: onmetal-io1 }\n`,
    good: `${webImage}server: { flavor: general1-2 }\n`,
    explain: ({ refusal }) => ({ message: `${refusal.text} Back up its files instead.` }),
  }),
  refused({
    id: 'server-image/busy',
    source: '"Using task states with server imaging"',
    summary: 'While an image is made of a server, or another task runs on it, the next image is refused.',
    bad: `${webImage}server: { task_state: image_uploading }\n`,
    good: `${webImage}server: { task_state: null }\n`,
    explain: ({ refusal }) => ({ message: `${refusal.text}. Wait until its task_state is null.` }),
  }),
  refused({
    id: 'server-image/state',
    source: 'SOURCES: nova §6',
    summary: 'Only a server that runs, is stopped, paused or suspended is imaged.',
    bad: `${webImage}server: { id: ${server} }\n`,
    good: `${webImage}server: { id: ${server} }\n`,
    server: { vm_state: 'error' },
    goodServer: { vm_state: 'active' },
    explain: ({ refusal }) => ({
      message: `${refusal.text}. Bring it to the state active, stopped, paused or suspended first.`,
    }),
  }),
  advice({
    id: 'server-image/domain-controller',
    severity: 'warning',
    source: `${about}, Windows servers`,
    summary: 'No server can be built from the image of a Windows domain controller.',
    bad: `${webImage}server: { roles: [domain_controller] }\n`,
    good: `${webImage}server: { roles: [] }\n`,
    *check({ roles }) {
      if (!includes(roles, 'domain_controller')) return;
      yield {
        pointer: '/server/roles',
        message:
          'The image of a domain controller becomes active, and servers built from it fail: its local Administrator account is disabled. Demote the server first.',
      };
    },
  }),
  advice({
    id: 'server-image/virtual-appliance',
    severity: 'warning',
    source: `${about}, virtual appliances`,
    summary: 'Servers built from the image of a virtual appliance keep its identity.',
    bad: `${webImage}server: { roles: [virtual_appliance] }\n`,
    good: `${webImage}server: { roles: [] }\n`,
    *check({ roles }) {
      if (!includes(roles, 'virtual_appliance')) return;
      yield {
        pointer: '/server/roles',
        message:
          "A server built from it keeps the appliance's hostname, IP configuration, password and licence key, whatever is asked for. Use the vendor's own backup.",
      };
    },
  }),
  advice({
    id: 'server-image/database',
    severity: 'hint',
    source: limitations,
    summary: 'An image may catch a database in the middle of a write.',
    bad: `${webImage}server: { roles: [database] }\n`,
    good: `${webImage}server: { roles: [] }\n`,
    *check({ roles, image_schedule: schedule }) {
      if (!includes(roles, 'database')) return;
      const scheduled = isObject(schedule)
        ? ' A scheduled image waits for nothing: it is taken while the database writes.'
        : '';
      yield {
        pointer: '/server/roles',
        message: `An image is no backup of a database. Dump it first; or stop it, make the image, and start it again at task_state image_pending_upload.${scheduled}`,
      };
    },
  }),
  advice({
    id: 'server-image/data-disks',
    severity: 'hint',
    source: limitations,
    summary: 'An image holds the system disk only: no data disks, no volumes, no memory.',
    bad: `${webImage}server: { volumes: [data] }\n`,
    good: `${webImage}server: { volumes: [] }\n`,
    *check({ volumes, data_disks: disks, flavor: id }, { facts: { flavors, profile } }) {
      const flavor = typeof id === 'string' ? flavorOf(id, flavors ?? profile.flavors) : undefined;
      if (Array.isArray(volumes) && volumes.length > 0)
        yield {
          pointer: '/server/volumes',
          message: 'Volumes are not part of the image. Make snapshots of them at the same time.',
        };
      if (typeof disks === 'number' && disks > 0)
        yield {
          pointer: '/server/data_disks',
          message: `${notData} Cloud Backup can keep their files.`,
        };
      else if (disks === undefined && flavor && flavor.ephemeral > 0)
        yield {
          pointer: '/server/flavor',
          message: `Servers of ${flavor.id} have ${flavor.ephemeral} GB of data disks. ${notData}`,
        };
    },
  }),
];

function includes(list: JsonObject[string] | undefined, item: string): boolean {
  return Array.isArray(list) && list.includes(item);
}

function refused({
  id,
  source,
  summary,
  bad,
  good,
  profile,
  marks,
  explain,
  ...known
}: Pick<Rule, 'id' | 'source' | 'summary' | 'profile' | 'marks'> & {
  readonly bad: string;
  readonly good: string;
  readonly server?: JsonObject | null;
  readonly goodServer?: JsonObject;
  readonly explain: (refused: Refused, subject: Subject) => Pick<Observation, 'message' | 'fixes'>;
}): Rule {
  return {
    id,
    source,
    summary,
    severity: 'error',
    kinds,
    ...(profile ? { profile } : {}),
    ...(marks ? { marks } : {}),
    example: { kind: 'server-image', bad, good, ...known },
    *check(subject) {
      yield* observe(subject, id, (one) => explain(one, subject));
    },
  };
}

/** About the server as the manifest tells of it. */
export function advice({
  id,
  source,
  summary,
  severity,
  bad,
  good,
  check,
}: Pick<Rule, 'id' | 'source' | 'summary' | 'severity'> & {
  readonly bad: string;
  readonly good: string;
  readonly check: (server: JsonObject, subject: Subject) => Generator<Observation>;
}): Rule {
  return {
    id,
    source,
    summary,
    severity,
    kinds,
    profile: 'rackspace',
    example: { kind: 'server-image', bad, good },
    *check(subject) {
      yield* check(imagedServer(subject), subject);
    },
  };
}

function entries(count: number): string {
  return Array.from({ length: count }, (_, at) => `    p${at}: x\n`).join('');
}
