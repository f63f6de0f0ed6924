import { randomUUID } from 'node:crypto';
import { readQuery } from '../../../kernel/request.ts';
import type { Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest, itemNotFound } from '../api/refuse.ts';
import { requireHost } from './find.ts';
import { power, type ServerRow } from './rows.ts';

/** A server whose console a token opens. */
export interface OpenedConsole extends Pick<ServerRow, 'id' | 'region' | 'hostname' | 'power_state'> {
  readonly type: string;
}

export interface ConsoleKind {
  readonly protocol: string;
  readonly type: string;
}

/** Nova's default, in milliseconds. */
const validity = 600_000;

/**
 * Inside `store.write`: the URL at which a server's console is looked at until its token ends. Hosts offer VNC alone, as
 * Nova's do by default. Throws 400 for other types, and 409 for a server without a host.
 */
export function openConsole(
  { store, clock }: EmulatorContext,
  { base }: Pick<ComputeRequest, 'base'>,
  row: ServerRow,
  { protocol, type }: ConsoleKind,
): string {
  requireHost(row);
  if (protocol !== 'vnc') throw badRequest(`Unavailable console type ${type}.`);
  if (type !== 'novnc') throw badRequest(`Invalid console type ${type}`);
  const now = clock.now();
  const token = randomUUID();
  store.run('DELETE FROM server_consoles WHERE ends <= ?', now);
  store.run(
    'INSERT INTO server_consoles (token, server, type, ends) VALUES (?, ?, ?, ?)',
    token,
    row.key,
    type,
    now + validity,
  );
  return `${base}/console?token=${token}`;
}

/** Throws 404 where a token is unknown, or has ended. */
export function readToken({ store, clock }: EmulatorContext, token: string): OpenedConsole {
  const opened = store.get<OpenedConsole>(
    `SELECT servers.id, region, hostname, power_state, type FROM server_consoles JOIN servers ON servers.key = server
     WHERE token = ? AND ends > ?`,
    token,
    clock.now(),
  );
  if (!opened) throw itemNotFound('Token not found');
  return opened;
}

/** What a console's URL shows in a browser: no screen, which an emulated guest has not, but what it printed. */
export function consolePage(routes: Routes, context: EmulatorContext): void {
  routes.on('GET', '/:region/compute/console', (request, reply) => {
    const opened = readToken(context, readQuery(request).get('token') ?? '');
    return reply.type('text/plain; charset=utf-8').send(`${printed(opened).join('\n')}\n`);
  });
}

/** The lines that the guest printed as it booted. */
export function printed({
  hostname,
  id,
  power_state: state,
}: Pick<ServerRow, 'hostname' | 'id' | 'power_state'>): string[] {
  return [
    `[    0.000000] Linux version (emulated) on ${hostname}`,
    '[    0.512000] virtio_blk: /dev/vda',
    `cloud-init: instance ${id}`,
    ...(state === power.running ? [`${hostname} login: `] : ['reboot: Power down']),
  ];
}
