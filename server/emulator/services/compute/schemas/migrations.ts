import type { Schema } from '../../../../rules/nova/schema.ts';
import { nonNegativeInteger } from '../../../../rules/nova/types.ts';

const text: Schema = { type: 'array', items: { type: 'string' } };
const time: Schema = { type: 'array', maxItems: 1, items: { type: 'string', format: 'date-time' } };

/** The query of `GET /os-migrations` as a minor version takes it. */
export function migrationListSchema(version: number): Schema {
  const names = ['hidden', 'host', 'instance_uuid', 'source_compute', 'status', 'migration_type'];
  const later = version >= 80 ? ['user_id', 'project_id'] : [];
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries([...names, ...later].map((name) => [name, text])),
      ...(version >= 59
        ? { limit: { type: 'array', items: nonNegativeInteger }, marker: text, 'changes-since': time }
        : {}),
      ...(version >= 66 ? { 'changes-before': time } : {}),
    },
    additionalProperties: version < 59,
  };
}
