import { isObject, type JsonObject } from '../../../../rules/json.ts';
import { updateSchema } from '../../../../rules/nova/servers.ts';
import { createTexts } from '../../../store/memory.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Answer, ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireWriter } from '../api/permissions.ts';
import { shortenIPv6 } from '../api/words.ts';
import { createServerBodies } from './bodies.ts';
import { createServer } from './create.ts';
import { findServer } from './find.ts';
import { listInDetail, listServers } from './list.ts';
import { deleteServer } from './remove.ts';
import type { ServerRow } from './rows.ts';
import { loadShown, viewChanged } from './view.ts';

const keptBytes = 16 * 2 ** 20;
const [before, behind] = [Buffer.from('{"server":'), Buffer.from('}')];

/** `/servers`, and one server. */
export function serverRoutes(on: OnCompute, context: EmulatorContext): void {
  const bodies = createServerBodies(context);
  const pages = createTexts(context.store, keptBytes);
  on('GET', '/servers', (asked) => listServers(context, asked));
  on('GET', '/servers/detail', (asked) => listInDetail(context, asked, bodies, pages));
  on('POST', '/servers', (asked) => createServer(context, asked));
  on('GET', '/servers/:id', (asked) => {
    const server = bodies.one(asked, findServer(context, asked));
    return { status: 200, body: Buffer.concat([before, server, behind]) };
  });
  on('PUT', '/servers/:id', (asked) => updateServer(context, asked));
  on('DELETE', '/servers/:id', async (asked) => {
    await context.store.free(() => {
      const row = findServer(context, asked);
      requireWriter(context, asked, 'servers:delete');
      deleteServer(context, asked, row);
    });
    return { status: 204 };
  });
}

async function updateServer(context: EmulatorContext, asked: ComputeRequest): Promise<Answer> {
  const { server } = await asked.read(updateSchema(asked.version, asked.isLegacy));
  const wanted = isObject(server) ? server : {};
  return context.store.write(() => {
    const row = findServer(context, asked);
    requireWriter(context, asked, 'servers:update');
    const now = context.servers.change(row, readUpdate(wanted));
    const [shown] = loadShown(context, [now]).map((each) => viewChanged(each, asked));
    return { status: 200, body: { server: shown } };
  });
}

function readUpdate(wanted: JsonObject): Partial<ServerRow> {
  const text = (name: string) => {
    const value = wanted[name];
    return typeof value === 'string' ? value : null;
  };
  const columns: Record<string, string | null> = {};
  if ('name' in wanted) columns['name'] = String(wanted['name']).trim();
  if ('description' in wanted) columns['description'] = text('description');
  if ('hostname' in wanted) columns['hostname'] = text('hostname');
  if ('accessIPv4' in wanted) columns['access4'] = text('accessIPv4');
  if ('accessIPv6' in wanted) columns['access6'] = shortenIPv6(text('accessIPv6'));
  if ('OS-DCF:diskConfig' in wanted) columns['disk_config'] = text('OS-DCF:diskConfig');
  return columns;
}
