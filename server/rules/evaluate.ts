import { exportRules } from './families/export.ts';
import { imageRules } from './families/image.ts';
import { importRules } from './families/import.ts';
import { patchRules } from './families/patch.ts';
import { nestedProperties, patchAdvice } from './families/patchAdvice.ts';
import { propertyRules } from './families/property.ts';
import { roleRules } from './families/role.ts';
import { serverRules } from './families/server.ts';
import { imagedServer, serverImageRules } from './families/serverImage.ts';
import { serverImageSizeRules } from './families/serverImageSize.ts';
import { servicePropertyRules } from './families/serviceProperty.ts';
import { shareRules } from './families/share.ts';
import {
  imagesOf,
  isObject,
  operationsOf,
  type PlacedImage,
  type PlacedOperation,
  type Refused,
  refusalsOf,
} from './families/subjects.ts';
import { tagRules } from './families/tag.ts';
import type { Facts, Finding, Json, Kind, Rule, Subject } from './rule.ts';
import { serverRefusals } from './service/buildServer.ts';
import { serverImageRefusals } from './service/createImage.ts';

export const rules: readonly Rule[] = [
  ...propertyRules,
  ...servicePropertyRules,
  ...tagRules,
  ...imageRules,
  nestedProperties,
  ...patchRules,
  ...patchAdvice,
  ...shareRules,
  ...importRules,
  ...exportRules,
  ...serverImageRules,
  ...serverImageSizeRules,
  ...serverRules,
  ...roleRules,
];

/** Everything that the rules say of one manifest. Expects a manifest of the kind's shape, and tolerates any other. */
export function evaluate(kind: Kind, data: Json, facts: Facts): Finding[] {
  let refusals: Refused[] | undefined;
  let images: PlacedImage[] | undefined;
  let operations: PlacedOperation[] | undefined;
  const subject: Subject = {
    kind,
    manifest: data,
    facts,
    refusals: () => {
      refusals ??= refused(kind, data, facts);
      return refusals;
    },
    images: () => {
      images ??= imagesOf(data);
      return images;
    },
    operations: () => {
      operations ??= operationsOf(data);
      return operations;
    },
  };
  const findings: Finding[] = [];
  for (const rule of rulesOf[kind]) {
    if (rule.profile !== undefined && rule.profile !== facts.profile.name) continue;
    for (const seen of rule.check(subject))
      findings.push({ severity: rule.severity, ...seen, rule: rule.id });
  }
  return findings;
}

function rulesFor(kind: Kind): readonly Rule[] {
  return rules.filter(({ kinds }) => kinds.includes(kind));
}

const rulesOf: Readonly<Record<Kind, readonly Rule[]>> = {
  image: rulesFor('image'),
  import: rulesFor('import'),
  export: rulesFor('export'),
  patch: rulesFor('patch'),
  'server-image': rulesFor('server-image'),
  server: rulesFor('server'),
};

/** What the request itself is refused for, in the cloud's order, each at its place. */
function refused(kind: Kind, data: Json, facts: Facts): Refused[] {
  if (kind !== 'server-image' && kind !== 'server') return refusalsOf(kind, data, facts);
  const body = isObject(data) ? data[kind === 'server' ? 'server' : 'createImage'] : undefined;
  if (!isObject(body)) return []; // its shape is what is wrong
  const found =
    kind === 'server'
      ? serverRefusals(body, { ...facts, image: facts.image, imageFollows: facts.made !== undefined })
      : serverImageRefusals(body, { ...facts, server: imagedServer({ manifest: data, facts }) });
  return found.map((refusal) => ({ refusal, onKey: false, whole: refusal.pointer }));
}

/**
 * The finding that the cloud reports where several refuse one request: what refuses the request itself before what fails
 * its task, and those in this order (decision 3; of exports, ours). Undefined: it is accepted.
 */
export function cloudAnswer(findings: readonly Finding[]): Finding | undefined {
  const refusing = findings.filter((finding) => finding.answer !== undefined && finding.severity === 'error');
  return refusing.sort((one, other) => rank(one) - rank(other))[0];
}

function rank({ rule, answer }: Finding): number {
  return answer && 'status' in answer ? 0 : order.indexOf(rule) + 1 || order.length + 1;
}

const order = [
  'import/object',
  'import/not-vhd',
  'import/damaged',
  'import/disk-type',
  'import/parent',
  'import/zero-uuid',
  'import/virtual-size',
  'import/physical-size',
  'import/windows',
  'import/properties',
  'export/container-name',
  'export/image',
  'export/owner',
  'export/licence',
  'export/status',
  'export/container',
  'export/object',
];
