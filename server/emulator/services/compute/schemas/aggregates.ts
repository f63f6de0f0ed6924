import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, fqdn, name, nameWithSpaces, objectOf } from '../../../../rules/nova/types.ts';

const zone: Schema = {
  oneOf: [{ type: 'string', minLength: 1, maxLength: 255, format: 'az_name' }, { type: 'null' }],
};

export const createSchema: Schema = bodyOf(
  'aggregate',
  objectOf({ name, availability_zone: zone }, ['name']),
);

export const updateSchema: Schema = bodyOf('aggregate', {
  ...objectOf({ name: nameWithSpaces, availability_zone: zone }),
  anyOf: [{ required: ['name'] }, { required: ['availability_zone'] }],
});

const host: Schema = objectOf({ host: fqdn }, ['host']);
const metadata: Schema = {
  type: 'object',
  patternProperties: { '^[a-zA-Z0-9-_:. ]{1,255}$': { type: ['string', 'null'], maxLength: 255 } },
  additionalProperties: false,
};

/** Actions of an aggregate, by name. */
export const actionSchemas: Readonly<Record<string, Schema>> = {
  add_host: bodyOf('add_host', host),
  remove_host: bodyOf('remove_host', host),
  set_metadata: bodyOf('set_metadata', objectOf({ metadata }, ['metadata'])),
};
