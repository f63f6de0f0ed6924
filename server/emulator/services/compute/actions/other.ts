import { findObject } from '../../../kernel/body.ts';
import { badRequest, conflict, gone } from '../api/refuse.ts';
import { anyBody, consoleBody, resetBody } from '../schemas/actions.ts';
import { noValidHost } from '../servers/hosts.ts';
import { deleteServer } from '../servers/remove.ts';
import { power } from '../servers/rows.ts';
import { type Action, accepted, type Doing, note } from './action.ts';

/** The remaining actions: deletion, the console, and what only administrators do. */
export const otherActions: Readonly<Record<string, Action>> = {
  forceDelete: {
    schema: () => anyBody('forceDelete'),
    anyTask: true,
    run: (doing) => {
      deleteServer(doing.context, doing.asked, doing.row);
      return accepted;
    },
  },
  restore: {
    schema: () => anyBody('restore'),
    anyTask: true,
    run: ({ row }) => {
      throw conflict(`Cannot 'restore' instance ${row.id} while it is in vm_state ${row.vm_state}`);
    },
  },
  'os-resetState': {
    schema: () => resetBody,
    anyTask: true,
    ignoresLock: true,
    policy: 'os-admin-actions:reset_state',
    run: (doing) => {
      const { state } = findObject(doing.body, 'os-resetState');
      doing.context.servers.change(doing.row, {
        vm_state: state === 'error' ? 'error' : 'active',
        task_state: null,
      });
      note(doing, 'resetState');
      return accepted;
    },
  },
  'os-getConsoleOutput': {
    schema: () => consoleBody,
    anyTask: true,
    ignoresLock: true,
    run: (doing) => {
      if (doing.row.vm_state === 'building') throw conflict(`Instance ${doing.row.id} is not ready`);
      return { status: 200, body: { output: readConsole(doing) } };
    },
  },
  resetNetwork: {
    schema: () => anyBody('resetNetwork'),
    anyTask: true,
    ignoresLock: true,
    run: () => {
      throw gone();
    },
  },
  injectNetworkInfo: {
    schema: () => anyBody('injectNetworkInfo'),
    anyTask: true,
    policy: 'os-admin-actions:inject_network_info',
    run: () => accepted,
  },
  migrate: noOtherHost('migrate', 'os-migrate-server:migrate'),
  'os-migrateLive': noOtherHost('os-migrateLive', 'os-migrate-server:migrate_live'),
  evacuate: noOtherHost('evacuate', 'os-evacuate'),
  ...Object.fromEntries(
    ['os-getVNCConsole', 'os-getSPICEConsole', 'os-getRDPConsole', 'os-getSerialConsole'].map((name) => [
      name,
      noConsole(name),
    ]),
  ),
};

/** The emulated cloud has one host. */
function noOtherHost(action: string, policy: string): Action {
  return {
    schema: () => anyBody(action),
    policy,
    run: () => {
      throw badRequest(noValidHost);
    },
  };
}

function noConsole(action: string): Action {
  return {
    schema: () => anyBody(action),
    until: 5,
    anyTask: true,
    ignoresLock: true,
    run: ({ body }) => {
      const { type } = findObject(body, action);
      throw badRequest(`Unavailable console type ${String(type)}.`);
    },
  };
}

/** A few lines of the boot, the last `length` of them. */
function readConsole({ row, body }: Doing): string {
  const { length } = findObject(body, 'os-getConsoleOutput');
  const lines = [
    `[    0.000000] Linux version (emulated) on ${row.hostname}`,
    '[    0.512000] virtio_blk: /dev/vda',
    `cloud-init: instance ${row.id}`,
    ...(row.power_state === power.running ? [`${row.hostname} login: `] : ['reboot: Power down']),
  ];
  const most =
    length === undefined || length === null || Number(length) === -1 ? lines.length : Number(length);
  return lines.slice(Math.max(0, lines.length - most)).join('\n');
}
