import type { Facts, Kind } from './facts.ts';
import { cloudRules } from './families/cloud.ts';
import { diskRules } from './families/disk.ts';
import { diskAdvice } from './families/diskAdvice.ts';
import { exportRules } from './families/export.ts';
import { imageRules } from './families/image.ts';
import { importRules } from './families/import.ts';
import { patchRules } from './families/patch.ts';
import { nestedProperties, patchAdvice } from './families/patchAdvice.ts';
import { policyRules } from './families/policy.ts';
import { propertyNameRules } from './families/properties/names.ts';
import { propertyPairRules } from './families/properties/pairs.ts';
import { propertyUseRules } from './families/properties/uses.ts';
import { propertyValueRules } from './families/properties/values.ts';
import { propertyRules } from './families/property.ts';
import { roleRules } from './families/role.ts';
import { serverRules } from './families/server.ts';
import { serverAdvice } from './families/serverAdvice.ts';
import { serverImageRules } from './families/serverImage.ts';
import { serverImageSizeRules } from './families/serverImageSize.ts';
import { servicePropertyRules } from './families/serviceProperty.ts';
import { shareRules } from './families/share.ts';
import { sourceRules } from './families/source.ts';
import { tagRules } from './families/tag.ts';
import type { Json } from './json.ts';
import type { PropertySet } from './properties/propertySet.ts';
import { listPropertySets } from './properties/propertySets.ts';
import { refusalsOf } from './refusals.ts';
import { withLiveValue } from './restoring.ts';
import type { Finding, Rule } from './rule.ts';
import {
  type KnownImage,
  knownImages,
  operationsOf,
  type PlacedOperation,
  type Refused,
  readOperations,
  type Subject,
} from './subject.ts';

export const rules: readonly Rule[] = [
  ...propertyRules,
  ...servicePropertyRules,
  ...tagRules,
  ...imageRules,
  nestedProperties,
  ...patchRules,
  ...patchAdvice,
  ...cloudRules,
  ...policyRules,
  ...shareRules,
  ...sourceRules,
  ...importRules,
  ...diskRules,
  ...diskAdvice,
  ...exportRules,
  ...serverImageRules,
  ...serverImageSizeRules,
  ...serverRules,
  ...serverAdvice,
  ...roleRules,
  ...propertyValueRules,
  ...propertyNameRules,
  ...propertyPairRules,
  ...propertyUseRules,
];

/** Everything that the rules say of one manifest. Expects a manifest of the kind's shape, and tolerates any other. */
export function evaluate(kind: Kind, data: Json, facts: Facts): Finding[] {
  let refusals: Refused[] | undefined;
  let images: KnownImage[] | undefined;
  let operations: PlacedOperation[] | undefined;
  let readings: ReturnType<typeof readOperations> | undefined;
  const read = (): NonNullable<typeof readings> => {
    readings ??= kind === 'patch' ? readOperations(data) : [];
    return readings;
  };
  let sets: readonly PropertySet[] | undefined;
  const asked: Omit<Subject, 'properties'> = {
    kind,
    manifest: data,
    facts,
    refusals: () => {
      refusals ??= refusalsOf(kind, data, facts, read());
      return refusals;
    },
    images: () => {
      images ??= knownImages(data, facts);
      return images;
    },
    operations: () => {
      operations ??= operationsOf(data, read());
      return operations;
    },
  };
  const subject: Subject = {
    ...asked,
    properties: () => {
      sets ??= listPropertySets(asked);
      return sets;
    },
  };
  const findings: Finding[] = [];
  for (const rule of rulesByKind.get(kind) ?? []) {
    if (rule.profile !== undefined && !facts.profile.restrictions.includes(rule.profile)) continue;
    const { id, severity } = rule;
    const onKey = rule.marks === 'key' && kind !== 'patch';
    for (const seen of rule.check(subject))
      findings.push(withLiveValue({ severity, onKey, ...seen, rule: id }, subject));
  }
  return findings;
}

const rulesByKind: ReadonlyMap<Kind, readonly Rule[]> = new Map(
  [...new Set(rules.flatMap(({ kinds }) => kinds))].map((kind) => [
    kind,
    rules.filter(({ kinds }) => kinds.includes(kind)),
  ]),
);

/**
 * The finding that the cloud reports where several refuse one request: what refuses the request itself before what fails
 * its task, and those in this order (DECISIONS 3; of exports, ours). Undefined: it is accepted.
 */
export function cloudAnswer(findings: readonly Finding[]): Finding | undefined {
  const refusing = findings.filter((finding) => finding.answer !== undefined && finding.severity === 'error');
  return refusing.sort((one, other) => (rank(one) < rank(other) ? -1 : rank(one) > rank(other) ? 1 : 0))[0];
}

/** What refuses the request stands before what fails its task. */
function rank({ rule, answer }: Finding): number {
  const order = findRule(rule)?.order;
  if (answer && 'status' in answer) return order === undefined ? -1 : order - 2 ** 32;
  return order ?? Number.POSITIVE_INFINITY;
}

const rulesById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]));

/** Finds the rule of an id; problems of text and shape have none. */
export function findRule(id: string): Rule | undefined {
  return rulesById.get(id);
}
