import { isObject, type JsonObject } from '../../../../rules/json.ts';
import type { Schema } from '../../../../rules/nova/schema.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { itemNotFound } from '../api/refuse.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    events: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          server_uuid: { type: 'string', format: 'uuid' },
          name: {
            type: 'string',
            enum: ['network-changed', 'network-vif-plugged', 'network-vif-unplugged', 'network-vif-deleted'],
          },
          status: { type: 'string', enum: ['failed', 'completed', 'in-progress'] },
          tag: { type: 'string', maxLength: 255 },
        },
        required: ['server_uuid', 'name'],
        additionalProperties: false,
      },
    },
  },
  required: ['events'],
  additionalProperties: false,
};

/** `POST /os-server-external-events`: other services tell of servers; nothing here waits for it. */
export function externalEventRoutes(on: OnCompute, { servers }: EmulatorContext): void {
  on('POST', '/os-server-external-events', async (asked) => {
    const { events } = await asked.read(schema);
    requireAdmin(asked, 'os-server-external-events:create');
    const told = (Array.isArray(events) ? events : []).map((event): JsonObject => {
      const { server_uuid: id, status = 'completed', ...rest } = isObject(event) ? event : {};
      const isThere = servers.find(asked.region, String(id)) !== undefined;
      return isThere
        ? { ...rest, server_uuid: id ?? null, status, code: 200 }
        : { ...rest, server_uuid: id ?? null, status: 'failed', code: 404 };
    });
    if (told.every(({ code }) => code === 404)) throw itemNotFound('No instances found for any event');
    return { status: told.some(({ code }) => code === 404) ? 207 : 200, body: { events: told } };
  });
}
