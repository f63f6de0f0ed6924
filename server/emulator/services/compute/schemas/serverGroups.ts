import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, name, nonNegativeInteger, objectOf, positiveInteger } from '../../../../rules/nova/types.ts';

const strict = ['anti-affinity', 'affinity'];
const all = [...strict, 'soft-anti-affinity', 'soft-affinity'];

/** `POST /os-server-groups` as a minor version takes it. */
export function createSchema(version: number): Schema {
  const policy = (values: readonly string[]): Schema => ({ type: 'string', enum: values });
  if (version >= 64)
    return bodyOf(
      'server_group',
      objectOf({ name, policy: policy(all), rules: objectOf({ max_server_per_host: positiveInteger }) }, [
        'name',
        'policy',
      ]),
    );
  const policies: Schema = {
    type: 'array',
    items: policy(version >= 15 ? all : strict),
    uniqueItems: true,
    minItems: 1,
    maxItems: 1,
  };
  return bodyOf('server_group', objectOf({ name, policies }, ['name', 'policies']));
}

export function listSchema(version: number): Schema {
  const number: Schema = { type: 'array', items: nonNegativeInteger };
  return {
    type: 'object',
    properties: { all_projects: { type: 'array', items: { type: 'string' } }, limit: number, offset: number },
    additionalProperties: version < 75,
  };
}
