import { findObject } from '../../../kernel/body.ts';
import { badRequest, conflict, gone } from '../api/refuse.ts';
import { anyBody, resetBody } from '../schemas/actions.ts';
import { noValidHost } from '../servers/hosts.ts';
import { deleteServer } from '../servers/remove.ts';
import { type Action, accepted, note } from './action.ts';

/** The remaining actions: deletion, and what only administrators do. */
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
    hidesLock: true,
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
