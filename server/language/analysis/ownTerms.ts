import { escapeMarkdown } from '../../plainText.ts';
import type { Policy } from '../../rules/policies/policy.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import type { CloudVocabulary } from '../../rules/profile/vocabulary.ts';
import { findProperty } from '../../rules/properties/table.ts';
import { classOf } from '../../rules/service/attributes.ts';
import type { Term } from './term.ts';

/** The names that the connected cloud defines, or the project's policies speak of, beside those that OpenStack knows. */
export function listOwnNames({ vocabulary, policies = [] }: Profile): string[] {
  const names = new Set([
    ...Object.keys(vocabulary?.properties ?? {}),
    ...policies.flatMap(({ property, forbidden }) =>
      property === undefined || forbidden || classOf(property) !== 'custom' ? [] : [property],
    ),
  ]);
  return [...names].filter((name) => !findProperty(name));
}

/** What the connected cloud and the project say of a property, added to what else is known of it. */
export function withOwn(name: string, known: Term | undefined, profile: Profile): Term | undefined {
  const { vocabulary, policies = [] } = profile;
  const told = known ?? (vocabulary && toldTerm(name, vocabulary));
  const own = policies.filter(({ property }) => property === name);
  // An attribute has a type of its own, which its schema tells.
  if (own.length === 0 || (!told && classOf(name) !== 'custom')) return told;
  const allowed = own.find(({ values }) => values)?.values;
  return {
    name,
    type: 'text',
    ...told,
    description: [told?.description, ...own.map(describePolicy)].filter(Boolean).join('\n\n'),
    values: (told?.type === 'number' ? allowed?.map(Number) : allowed) ?? told?.values ?? [],
  };
}

/** Values that the connected cloud has for what manifests name. */
export function toldValues(name: string, { vocabulary }: Profile): readonly string[] | undefined {
  if (name === 'stores') return vocabulary?.stores;
  if (name === 'cinder_img_volume_type') return vocabulary?.volumeTypes;
  const methods = vocabulary?.methods ?? [];
  return name === 'method' && methods.length > 0 ? ['upload', ...methods] : undefined;
}

function toldTerm(name: string, { cloud, properties, isCurrent, readAt }: CloudVocabulary): Term | undefined {
  const defined = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!defined) return undefined;
  const age = isCurrent ? '' : `, as of ${readAt.slice(0, 10)}`;
  const { title, description = '', type, values } = defined;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    description:
      `${escapeMarkdown(description)}\n\nDefined by the cloud (${escapeMarkdown(cloud)}${age}).`.trim(),
    values: values ?? (type === 'boolean' ? ['true', 'false'] : []),
    type: 'text',
  };
}

function describePolicy({ by, message, required, values, pattern }: Policy): string {
  const asks = [
    ...(required ? ['required'] : []),
    ...(values ? [`one of ${values.join(', ')}`] : []),
    ...(pattern === undefined ? [] : [`fits ${pattern}`]),
  ];
  return escapeMarkdown(`${by}: ${[asks.join('; '), message].filter(Boolean).join('. ')}`);
}
