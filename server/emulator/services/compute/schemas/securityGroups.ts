import type { Schema } from '../../../../rules/nova/schema.ts';
import { nonNegativeInteger } from '../../../../rules/nova/types.ts';

const count: Schema = { type: 'array', items: nonNegativeInteger };

/** The query of the list of security groups. */
export const groupListSchema: Schema = {
  type: 'object',
  properties: { limit: count, offset: count, all_tenants: { type: 'array', items: { type: 'string' } } },
};
