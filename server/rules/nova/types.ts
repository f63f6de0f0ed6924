import type { Schema } from './schema.ts';

/** The parts that Nova's schemas share. */

export const boolean: Schema = {
  type: ['boolean', 'string'],
  enum: [
    ...[true, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'],
    ...[false, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no'],
  ],
};
export const positiveInteger: Schema = {
  type: ['integer', 'string'],
  pattern: '^[0-9]*$',
  minimum: 1,
  minLength: 1,
};
export const nonNegativeInteger: Schema = {
  type: ['integer', 'string'],
  pattern: '^[0-9]*$',
  minimum: 0,
  minLength: 1,
};
export const text: Schema = { type: 'string' };
export const uuid: Schema = { type: 'string', format: 'uuid' };
export const name: Schema = { type: 'string', minLength: 1, maxLength: 255, format: 'name' };
export const nameWithSpaces: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  format: 'name_with_leading_trailing_spaces',
};
export const hostname: Schema = {
  type: 'string',
  minLength: 2,
  maxLength: 63,
  pattern: '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$',
};
export const fqdn: Schema = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' };
export const description: Schema = { type: ['string', 'null'], minLength: 0, maxLength: 255 };
export const flavorRef: Schema = { type: ['string', 'integer'], minLength: 1 };
export const tag: Schema = { type: 'string', minLength: 1, maxLength: 60, pattern: '^[^,/]*$' };
export const diskConfig: Schema = { type: 'string', enum: ['AUTO', 'MANUAL'] };
export const accessIPv4: Schema = { type: 'string', format: 'ipv4' };
export const accessIPv6: Schema = { type: 'string', format: 'ipv6' };
export const ipAddress: Schema = { type: 'string', oneOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };

const metadataName = '^[a-zA-Z0-9-_:. ]{1,255}$';
export const metadata: Schema = {
  type: 'object',
  patternProperties: { [metadataName]: { type: 'string', maxLength: 255 } },
  additionalProperties: false,
};

/** A body of one member, and no other. */
export function bodyOf(member: string, schema: Schema): Schema {
  return {
    type: 'object',
    properties: { [member]: schema },
    required: [member],
    additionalProperties: false,
  };
}

/** An object of these members, and no others. */
export function objectOf(properties: Readonly<Record<string, Schema>>, required?: readonly string[]): Schema {
  return { type: 'object', properties, ...(required ? { required } : {}), additionalProperties: false };
}
