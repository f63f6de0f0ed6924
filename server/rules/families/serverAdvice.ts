import { articles } from '../articles.ts';
import type { Json } from '../json.ts';
import type { Example, Rule } from '../rule.ts';
import { imagedServer } from '../service/createImage.ts';
import { serverOf } from '../service/imageReferences.ts';
import type { Severity } from '../severity.ts';
import type { Subject } from '../subject.ts';
import { body } from './server.ts';

const prepare = articles.preparing;
const at = '/server/imageRef';

/** What will be wrong with a server that is built, and what is worth knowing before. */
export const serverAdvice: readonly Rule[] = [
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

function advice({
  example,
  ...rule
}: Pick<Rule, 'id' | 'source' | 'summary' | 'check' | 'marks'> & {
  readonly severity: Severity;
  readonly example: Omit<Example, 'kind'>;
}): Rule {
  return { ...rule, kinds: ['server'], profile: 'rackspace', example: { kind: 'server', ...example } };
}
