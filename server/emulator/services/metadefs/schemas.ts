import type { Json, JsonObject } from '../../../rules/json.ts';

/** The kinds of definitions in a namespace, as they stand in paths. */
export type Kind = 'properties' | 'objects' | 'tags' | 'resource_types';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const texts = { type: 'array', items: text } as const;
const time = { type: 'string', format: 'date-time', readOnly: true } as const;
const name = { type: 'string', maxLength: 80 } as const;

/** The keywords of JSON Schema that a form needs. */
const property: JsonObject = {
  type: 'object',
  required: ['title', 'type'],
  properties: {
    name,
    title: text,
    description: text,
    type: { type: 'string', enum: ['array', 'boolean', 'integer', 'number', 'object', 'string'] },
    operators: texts,
    default: {},
    enum: { type: 'array' },
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    minLength: count,
    maxLength: count,
    pattern: text,
    minItems: count,
    maxItems: count,
    uniqueItems: { type: 'boolean' },
    additionalItems: { type: 'boolean' },
    items: { type: 'object' },
    readonly: { type: 'boolean' },
    confidential: { type: 'boolean' },
  },
  additionalProperties: false,
};
const properties: JsonObject = { type: 'object', additionalProperties: property };
const times = { created_at: time, updated_at: time };
const object: JsonObject = {
  type: 'object',
  required: ['name'],
  properties: {
    name,
    description: text,
    required: texts,
    properties,
    self: { ...text, readOnly: true },
    schema: { ...text, readOnly: true },
    ...times,
  },
  additionalProperties: false,
};
const tag: JsonObject = {
  type: 'object',
  required: ['name'],
  properties: { name, ...times },
  additionalProperties: false,
};
const association: JsonObject = {
  type: 'object',
  required: ['name'],
  properties: { name, prefix: name, properties_target: name, ...times },
  additionalProperties: false,
};
const namespace: JsonObject = {
  type: 'object',
  required: ['namespace'],
  properties: {
    namespace: { ...name, description: 'The unique namespace text.' },
    display_name: { ...name, description: 'The name that people read.' },
    description: { type: 'string', maxLength: 500, description: 'What the namespace is for.' },
    visibility: { type: 'string', enum: ['public', 'private'], description: 'Who may see it.' },
    protected: { type: 'boolean', description: 'If true, the namespace cannot be deleted.' },
    owner: { type: 'string', maxLength: 255, description: 'Owner of the namespace.' },
    resource_type_associations: { type: 'array', items: association },
    properties,
    objects: { type: 'array', items: object },
    tags: { type: 'array', items: tag },
    self: { ...text, readOnly: true },
    schema: { ...text, readOnly: true },
    ...times,
  },
  additionalProperties: false,
};

export const bodies = {
  namespace,
  properties: { ...property, required: ['name', 'title', 'type'] },
  objects: object,
  tags: tag,
  resource_types: association,
  tagList: {
    type: 'object',
    required: ['tags'],
    properties: { tags: { type: 'array', items: tag } },
    additionalProperties: false,
  },
} as const satisfies Record<string, JsonObject> & Record<Kind, JsonObject>;

/** The answers of `/v2/schemas/metadefs/NAME` (SOURCES: glance §1). */
export function metadefSchemas(): ReadonlyMap<string, JsonObject> {
  const named = (of: string, schema: JsonObject): JsonObject => ({ name: of, ...schema });
  const list = (of: string, items: Json): JsonObject => ({
    name: of,
    properties: { [of]: { type: 'array', items }, first: text, next: text, schema: text },
    links: [
      { rel: 'first', href: '{first}' },
      { rel: 'next', href: '{next}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  });
  return new Map([
    ['namespace', named('namespace', namespace)],
    ['namespaces', list('namespaces', namespace)],
    ['property', named('property', bodies.properties)],
    ['properties', { name: 'properties', properties: { properties } }],
    ['object', named('object', object)],
    ['objects', list('objects', object)],
    ['tag', named('tag', tag)],
    ['tags', list('tags', tag)],
    ['resource_type', named('resource_type_association', association)],
    ['resource_types', list('resource_type_associations', association)],
  ]);
}
