import { ApiError } from '../../../../kernel/apiError.ts';
import { findObject } from '../../../../kernel/body.ts';
import type { EmulatorContext } from '../../../context.ts';
import type { OnCompute } from '../../api/compute.ts';
import { requireAdmin, requireWriter } from '../../api/permissions.ts';
import { remoteConsoleBody } from '../../schemas/consoles.ts';
import { openConsole, readToken } from '../consoles.ts';
import { findServer } from '../find.ts';

/** Consoles since 2.6, and what their tokens open. */
export function consoleRoutes(on: OnCompute, context: EmulatorContext): void {
  on(
    'POST',
    '/servers/:id/remote-consoles',
    async (asked) => {
      const { protocol, type } = findObject(
        await asked.read(remoteConsoleBody(asked.version)),
        'remote_console',
      );
      return context.store.write(() => {
        const row = findServer(context, asked);
        requireWriter(context, asked, 'os-remote-consoles');
        const url = openConsole(context, asked, row, { protocol: String(protocol), type: String(type) });
        return { status: 200, body: { remote_console: { protocol, type, url } } };
      });
    },
    { from: 6 },
  );
  on('GET', '/os-console-auth-tokens/:token', (asked) => {
    requireAdmin(asked, 'os-console-auth-tokens');
    const { id, type } = readToken(context, asked.param('token'));
    if (asked.version < 31 && type !== 'rdp-html5')
      throw new ApiError('compute/policy', 'The requested console type details are not accessible', {
        status: 401,
      });
    const { hostname: host, port } = new URL(asked.base);
    return {
      status: 200,
      body: { console: { instance_uuid: id, host, port: Number(port), internal_access_path: null } },
    };
  });
}
