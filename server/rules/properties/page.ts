import { describeNeed } from './describe.ts';
import { legacyNames } from './novaFields.ts';
import type { Property } from './property.ts';
import { fieldOf, propertyGroups } from './table.ts';

/** The properties of images as a Markdown section, a table each group. */
export function propertiesSection(): string {
  const groups = Object.entries(propertyGroups).flatMap(([title, properties]) => [
    `**${title}**`,
    ['| property | takes | says | since |', '|---|---|---|---|', ...properties.map(row)].join('\n'),
  ]);
  return ['## Properties of images', intro, ...groups].join('\n\n');
}

const intro =
  'What OpenStack’s services read of an image’s properties, which rules, completion and hovers follow under the profile ' +
  '`openstack`. Any other name is a property of one’s own. Without a release, Zed knows it.';

function row(property: Property): string {
  const { name, description, since, valuesSince = {}, needs = [], setBy } = property;
  const others = [...legacyNames].flatMap(([old, field]) =>
    field === fieldOf(name) && old !== name ? [old] : [],
  );
  const own = fieldOf(name) === name || name.endsWith('.N') ? [] : [fieldOf(name)];
  const names = [...own, ...others];
  const says = [
    description,
    ...needs.map((need) => `${describeNeed(need)}.`),
    ...(setBy ? [`Written by ${setBy}.`] : []),
    ...(names.length > 0 ? [`Also ${names.map((other) => `\`${other}\``).join(', ')}.`] : []),
  ];
  const release = [since ?? '', ...Object.entries(valuesSince).map(([value, from]) => `${value}: ${from}`)];
  const cells = [`\`${name}\``, takes(property), says.join(' '), release.filter(Boolean).join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function takes({ kind, values = [], minimum, maximum }: Property): string {
  if (kind === 'integer') {
    if (maximum !== undefined) return `${minimum}–${maximum}`;
    return minimum === undefined ? 'a whole number' : `a whole number from ${minimum}`;
  }
  if (kind === 'boolean') return 'true, false';
  if (kind === 'enum') return values.join(' ');
  return { text: 'text', uuid: 'a UUID', cpus: 'processors', predicate: 'versions', list: 'JSON' }[kind];
}
