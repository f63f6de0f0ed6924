import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { findServer } from './find.ts';
import { listServers } from './list.ts';
import { loadShown, viewServer } from './view.ts';

/** `/servers`, and one server. */
export function serverRoutes(on: OnCompute, context: EmulatorContext): void {
  on('GET', '/servers', (asked) => listServers(context, asked, false));
  on('GET', '/servers/detail', (asked) => listServers(context, asked, true));
  on('GET', '/servers/:id', (asked) => {
    const servers = loadShown(context, [findServer(context, asked)]);
    return { status: 200, body: { server: servers.map((shown) => viewServer(shown, asked))[0] } };
  });
}
