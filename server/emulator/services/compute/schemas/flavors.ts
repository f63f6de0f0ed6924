import type { Schema } from '../../../../rules/nova/schema.ts';
import {
  bodyOf,
  boolean,
  metadata,
  name,
  nonNegativeInteger,
  objectOf,
} from '../../../../rules/nova/types.ts';

const text: Schema = { type: 'array', items: { type: 'string' } };

const listOf = (values: string): Schema => ({
  type: 'array',
  items: { type: 'string', enum: values.split(' ') },
});

/** The query of `GET /flavors` as a minor version takes it. */
export function listSchema(version: number): Schema {
  return {
    type: 'object',
    properties: {
      limit: { type: 'array', items: nonNegativeInteger },
      marker: text,
      is_public: text,
      minRam: text,
      minDisk: text,
      sort_key: listOf(
        'created_at description disabled ephemeral_gb flavorid id is_public memory_mb name root_gb rxtx_factor swap updated_at vcpu_weight vcpus',
      ),
      sort_dir: listOf('asc desc'),
    },
    additionalProperties: version < 75,
  };
}

const size: Schema = { type: ['integer', 'string'], pattern: '^[0-9]+$', minimum: 0, maximum: 2 ** 31 - 1 };
const positive: Schema = { ...size, minimum: 1 };
const description: Schema = { type: ['string', 'null'], minLength: 0, maxLength: 65535 };

export function createSchema(version: number): Schema {
  return bodyOf(
    'flavor',
    objectOf(
      {
        name,
        id: {
          type: ['string', 'number', 'null'],
          minLength: 1,
          maxLength: 255,
          pattern: '^(?! )[a-zA-Z0-9. _-]+(?<! )$',
        },
        ram: positive,
        vcpus: positive,
        disk: size,
        'OS-FLV-EXT-DATA:ephemeral': size,
        swap: size,
        rxtx_factor: {
          type: ['number', 'string'],
          pattern: '^[0-9]+(\\.[0-9]+)?$',
          minimum: 0,
          exclusiveMinimum: true,
          maximum: 3.40282e38,
        },
        'os-flavor-access:is_public': boolean,
        ...(version >= 55 ? { description } : {}),
      },
      ['name', 'ram', 'vcpus', 'disk'],
    ),
  );
}

export const updateSchema: Schema = bodyOf('flavor', objectOf({ description }, ['description']));

const specs: Schema = {
  ...metadata,
  patternProperties: {
    '^[a-zA-Z0-9-_:. ]{1,255}$': { type: ['string', 'number'], maxLength: 255 },
  },
};
export const specsSchema: Schema = bodyOf('extra_specs', specs);
export const oneSpecSchema: Schema = { ...specs, minProperties: 1, maxProperties: 1 };

const tenant: Schema = objectOf({ tenant: { type: 'string', minLength: 1, maxLength: 255 } }, ['tenant']);
/** Actions of a flavor, by name. */
export const actionSchemas: Readonly<Record<string, Schema>> = {
  addTenantAccess: bodyOf('addTenantAccess', tenant),
  removeTenantAccess: bodyOf('removeTenantAccess', tenant),
};
