import type { Method } from '../../../kernel/routes.ts';
import { readAction } from '../api/actions.ts';
import type { OnCompute } from '../api/compute.ts';
import { gone } from '../api/refuse.ts';
import { anyBody } from '../schemas/actions.ts';

/** APIs that Nova has removed, with the methods that they had (SOURCES: nova §2). */
const removed: readonly (readonly [path: string, methods: string])[] = [
  ['/os-agents', 'GET POST'],
  ['/os-agents/:id', 'PUT DELETE'],
  ['/os-cells', 'GET POST'],
  ['/os-cells/capacities', 'GET'],
  ['/os-cells/detail', 'GET'],
  ['/os-cells/info', 'GET'],
  ['/os-cells/sync_instances', 'POST'],
  ['/os-cells/:id', 'GET PUT DELETE'],
  ['/os-cells/:id/capacities', 'GET'],
  ['/os-certificates', 'POST'],
  ['/os-certificates/:id', 'GET'],
  ['/os-cloudpipe', 'GET POST'],
  ['/os-cloudpipe/:id', 'PUT'],
  ['/os-fixed-ips/:id', 'GET'],
  ['/os-floating-ip-dns', 'GET'],
  ['/os-floating-ip-dns/:id', 'PUT DELETE'],
  ['/os-floating-ip-dns/:id/entries/:entry', 'GET PUT DELETE'],
  ['/os-floating-ips-bulk', 'GET POST'],
  ['/os-floating-ips-bulk/:id', 'GET PUT'],
  ['/os-fping', 'GET'],
  ['/os-fping/:id', 'GET'],
  ['/os-networks', 'POST'],
  ['/os-networks/add', 'POST'],
  ['/os-networks/:id', 'DELETE'],
  ['/os-security-group-default-rules', 'GET POST'],
  ['/os-security-group-default-rules/:id', 'GET DELETE'],
  ['/os-tenant-networks', 'POST'],
  ['/os-tenant-networks/:id', 'DELETE'],
  ['/servers/:id/consoles', 'GET POST'],
  ['/servers/:id/consoles/:console', 'GET DELETE'],
  ['/servers/:id/os-virtual-interfaces', 'GET'],
];

/** And actions that they had; others are refused as everywhere. */
const removedActions: Readonly<Record<string, readonly string[]>> = {
  '/os-fixed-ips/:id/action': ['reserve', 'unreserve'],
  '/os-networks/:id/action': ['disassociate', 'disassociate_host', 'disassociate_project', 'associate_host'],
};

export function goneRoutes(on: OnCompute): void {
  for (const [path, actions] of Object.entries(removedActions))
    on('POST', path, async (asked) => {
      await readAction(asked, Object.fromEntries(actions.map((action) => [action, anyBody(action)])));
      throw gone();
    });
  for (const [path, methods] of removed)
    for (const method of methods.split(' '))
      on(method as Method, path, () => {
        throw gone();
      });
}
