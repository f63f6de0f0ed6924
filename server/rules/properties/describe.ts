import { hasReached, type Release } from '../profile/releases.ts';
import type { Need, Property, Reader } from './property.ts';
import { valuesIn } from './read.ts';

const readers: Readonly<Record<Reader, string>> = {
  nova: 'Nova',
  glance: 'Glance',
  cinder: 'Cinder',
  ironic: 'Ironic',
  scs: 'users, by the standard SCS-0102',
  people: 'people and their tools',
};

/** Explains a property in Markdown: what it is, what it takes, who reads it, what it needs and where that stands. */
export function describeProperty(property: Property, release: Release): string {
  const { description, since, setBy, retired, kvm, flavorSpec, source } = property;
  return [
    description,
    describeValues(property, release),
    ...(kvm ? [`On KVM: ${listCode(kvm)}.`] : []),
    `Read by ${property.readers.map((reader) => readers[reader]).join(', ')}.`,
    ...(property.needs ?? []).map((need) => `${describeNeed(need)}.`),
    ...(flavorSpec ? [`A flavor asks for the same by \`${flavorSpec}\`.`] : []),
    ...(since
      ? [`Since OpenStack ${since}${hasReached(release, since) ? '' : `; this cloud runs ${release}`}.`]
      : []),
    ...(setBy ? [`Written by ${setBy}.`] : []),
    ...(retired ? [retired] : []),
    `Source: ${source}.`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

/** Says what a property takes, as a sentence; empty where any text will do. */
function describeValues(property: Property, release: Release): string {
  const { kind, minimum, maximum, values = [] } = property;
  if (kind === 'boolean') return 'Takes `true` or `false`; words that Nova does not know are false to it.';
  if (kind === 'integer') {
    const from = minimum === undefined ? '' : ` from ${minimum}`;
    return `Takes a whole number${from}${maximum === undefined ? '' : ` to ${maximum}`}.`;
  }
  if (kind === 'uuid') return 'Takes a UUID.';
  if (values.length === 0) return '';
  const known = kind === 'enum' ? valuesIn(property, release) : values;
  return `${kind === 'enum' ? 'Takes' : 'Such as'} ${listCode(known)}.`;
}

/** Says what a property needs, as a sentence without its end. */
export function describeNeed({ property, values, when }: Need): string {
  const what = values ? `${property}: ${values.join(' or ')}` : property;
  return `${when ? `With ${listCode(when)} it needs` : 'Needs'} \`${what}\``;
}

function listCode(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
