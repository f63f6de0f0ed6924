import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { releases } from '../../server/rules/profile/releases.ts';
import { describeProperty } from '../../server/rules/properties/describe.ts';
import type { Property } from '../../server/rules/properties/property.ts';
import { properties } from '../../server/rules/properties/table.ts';

const file = join(import.meta.dirname, '..', '..', 'schemas', 'image.json');

/** The JSON Schema of an image manifest with every property that OpenStack's services know, for editors that know but schemas. */
export function openstackSchema(): object {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const named = properties.filter(({ name }) => !varies.test(name));
  const patterned = properties.filter(({ name }) => varies.test(name));
  return {
    ...schema,
    $id: 'https://json.schemastore.org/cloud-images-openstack-image.json',
    title: 'Image of OpenStack',
    properties: {
      ...schema.properties,
      ...Object.fromEntries(named.map((one) => [one.name, schemaOf(one)])),
    },
    patternProperties: Object.fromEntries(patterned.map((one) => [patternOf(one.name), schemaOf(one)])),
  };
}

const varies = /\.N$|NAME$/;

function patternOf(name: string): string {
  const fixed = name.replace(varies, '').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return name.endsWith('NAME') ? `^${fixed}.+$` : String.raw`^${fixed}\.[0-9]+$`;
}

/** Values are examples: the Images API takes any text, and only Nova judges it. */
function schemaOf(property: Property): object {
  const examples = property.kind === 'boolean' ? ['true', 'false'] : property.values;
  return {
    title: property.title,
    type: 'string',
    ...(examples ? { examples } : {}),
    description: describeProperty(property, newest),
  };
}

const newest = releases.at(-1) ?? releases[0];
