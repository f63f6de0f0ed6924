import { asText, isObject, type Json, pointerTo } from '../json.ts';
import type { Policy } from '../policies/policy.ts';
import type { Fix, Observation, Rule } from '../rule.ts';
import { classOf, show } from '../service/attributes.ts';
import { settingsOf } from '../settingsOf.ts';
import type { KnownImage, Subject } from '../subject.ts';
import { choiceFixes } from '../valueFixes.ts';

const source = '.cloud-images.json, `policies` and the preset `scs`';
const kinds = ['image', 'patch'] as const;

/** What a project asks of its images beyond what the cloud does. */
export const policyRules: readonly Rule[] = [
  {
    id: 'policy/required',
    severity: 'warning',
    kinds,
    source,
    summary: 'An image has the properties that the policies of the project require.',
    example: {
      kind: 'image',
      bad: 'name: web\n',
      good: 'name: web\nos_purpose: generic\n',
      policies: [{ property: 'os_purpose', required: true, values: ['generic', 'minimal'] }],
    },
    *check(subject) {
      for (const policy of policiesOf(subject)) {
        if (!policy.required || policy.property === undefined) continue;
        if (subject.kind === 'image')
          for (const image of subject.images()) yield* requireOf(image, policy.property, policy);
        for (const at of removals(subject, policy.property))
          yield {
            pointer: pointerTo(at),
            ...tell(policy, `requires '${policy.property}'. Keep it.`),
          };
      }
    },
  },
  {
    id: 'policy/value',
    severity: 'warning',
    kinds,
    source,
    summary: 'A property has one of the values that the policies of the project allow.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_purpose: desktop\n',
      good: 'name: web\nos_purpose: generic\n',
      policies: [{ property: 'os_purpose', values: ['generic', 'minimal'] }],
    },
    *check(subject) {
      const policies = policiesOf(subject);
      const set = policies.length > 0 ? settingsOf(subject) : [];
      for (const policy of policies) {
        for (const { name, pointer, value, whole } of set) {
          if (name !== policy.property) continue;
          const observed = judgeValue(policy, name, pointer, value, whole);
          if (observed) yield observed;
        }
      }
    },
  },
  {
    id: 'policy/name',
    marks: 'key',
    severity: 'warning',
    kinds,
    source,
    summary: 'Properties have the names that the policies of the project allow.',
    example: {
      kind: 'image',
      bad: 'name: web\nteam: blue\n',
      good: 'name: web\norg.example.team: blue\n',
      policies: [{ names: 'org\\.example\\..+|os_.+|hw_.+' }],
    },
    *check(subject) {
      const policies = policiesOf(subject).filter(({ fitsName }) => fitsName);
      const set = policies.length > 0 ? settingsOf(subject) : [];
      for (const policy of policies) {
        for (const { name, key } of set)
          if (classOf(name) === 'custom' && policy.fitsName?.(name) === false)
            yield {
              pointer: key,
              ...tell(policy, `allows no property ${show(name)}: names fit ${policy.names}. Rename it.`),
            };
      }
    },
  },
];

function policiesOf({ facts }: Subject): readonly Policy[] {
  return facts.profile.policies ?? [];
}

/** The policy's own sentence, else ours: what it asks, after who asks it. */
function tell(
  { by, message, severity }: Policy,
  asks: string,
): Pick<Observation, 'message'> & Partial<Observation> {
  return { message: message ?? `${by} ${asks}`, ...(severity ? { severity } : {}) };
}

function* requireOf(
  { image, pointer, facts }: KnownImage,
  name: string,
  policy: Policy,
): Generator<Observation> {
  const isThere = isGiven(image[name]) || (!facts.opened && isGiven(facts.image?.get(name)));
  if (isThere) return;
  const fixes: Fix[] = (policy.values ?? []).slice(0, 8).map((value) => ({
    title: `Add '${name}: ${value}'`,
    edits: [{ do: 'set', pointer: pointer + pointerTo(name), value }],
  }));
  yield {
    pointer,
    onKey: true,
    ...tell(policy, `requires '${name}'. Add it.`),
    ...(Object.hasOwn(image, name) ? {} : { fixes }),
  };
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

function judgeValue(
  policy: Policy,
  name: string,
  pointer: string,
  value: Json,
  whole: string,
): Observation | undefined {
  if (policy.forbidden)
    return {
      pointer,
      ...tell(policy, `forbids '${name}'. Remove it.`),
      fixes: [{ title: `Remove '${name}'`, edits: [{ do: 'remove', pointer: whole }] }],
    };
  if (isObject(value) || Array.isArray(value)) return undefined;
  const text = asText(value);
  if (policy.values && !policy.values.includes(text))
    return {
      pointer,
      ...tell(policy, `allows no ${show(text)} for '${name}'. Choose one of ${policy.values.join(', ')}.`),
      fixes: choiceFixes(pointer, value, policy.values),
    };
  if (policy.fitsValue && !policy.fitsValue(text))
    return {
      pointer,
      ...tell(policy, `allows no ${show(text)} for '${name}': values fit ${policy.pattern}. Change it.`),
    };
  return undefined;
}

/** Where a patch removes something. */
function* removals(subject: Subject, name: string): Generator<number> {
  if (subject.kind !== 'patch') return;
  for (const { at, name: removed, operation } of subject.operations())
    if (operation.op === 'remove' && removed === name) yield at;
}
