import { isObject, type JsonObject } from '../../../rules/json.ts';
import { seconds } from '../../kernel/clock.ts';
import type { Metadefs, Namespace } from './records.ts';

/** A namespace as the API shows it; `whole`: with its definitions. Members without a value are left out. */
export function renderNamespace(metadefs: Metadefs, row: Namespace, whole: boolean): JsonObject {
  const { name, display_name, description, visibility, owner } = row;
  const list = (kind: 'objects' | 'tags' | 'resource_types' | 'properties') => metadefs.list(name, kind);
  const types = list('resource_types').map(({ body }) => body);
  const properties = whole ? list('properties') : [];
  const objects = whole ? list('objects') : [];
  const tags = whole ? list('tags') : [];
  return {
    namespace: name,
    ...(display_name === null ? {} : { display_name }),
    ...(description === null ? {} : { description }),
    visibility,
    protected: row.protected === 1,
    owner,
    ...(types.length === 0 ? {} : { resource_type_associations: types }),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties.map(plainProperty)) }),
    ...(objects.length === 0 ? {} : { objects: objects.map(({ body }) => body) }),
    ...(tags.length === 0 ? {} : { tags: tags.map((tag) => ({ name: tag.name })) }),
    self: `/v2/metadefs/namespaces/${name}`,
    schema: '/v2/schemas/metadefs/namespace',
    created_at: seconds(row.created),
    updated_at: seconds(row.updated),
  };
}

function plainProperty({ name, body }: { name: string; body: JsonObject }): [string, JsonObject] {
  const { name: _name, created_at: _created, updated_at: _updated, ...property } = body;
  return [name, property];
}

/** The names of properties as they stand on a resource of this type. */
export function addPrefixes(view: JsonObject, type: string): JsonObject {
  const types = view['resource_type_associations'];
  const found = Array.isArray(types) ? types.find((one) => isObject(one) && one['name'] === type) : undefined;
  const prefix = isObject(found) && typeof found['prefix'] === 'string' ? found['prefix'] : '';
  const rename = (properties: JsonObject) =>
    Object.fromEntries(Object.entries(properties).map(([name, value]) => [`${prefix}${name}`, value]));
  const { properties, objects } = view;
  return {
    ...view,
    ...(isObject(properties) ? { properties: rename(properties) } : {}),
    ...(Array.isArray(objects)
      ? {
          objects: objects.filter(isObject).map((object) => ({
            ...object,
            ...(isObject(object['properties']) ? { properties: rename(object['properties']) } : {}),
            ...(Array.isArray(object['required'])
              ? { required: object['required'].map((name) => `${prefix}${name}`) }
              : {}),
          })),
        }
      : {}),
  };
}
