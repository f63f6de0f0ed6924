import { findObject } from '../../../kernel/body.ts';
import { badRequest } from '../api/refuse.ts';
import type { LifeName } from '../life/stages.ts';
import { anyBody, lockBody, passwordBody, rebootBody, rescueBody, unshelveBody } from '../schemas/actions.ts';
import { makePassword } from '../servers/create.ts';
import type { VmState } from '../servers/rows.ts';
import { type Action, accepted, begin, note } from './action.ts';
import { requireRebootable } from './reboot.ts';

function simple(
  action: string,
  task: string,
  life: LifeName,
  vm: readonly VmState[],
  more: Partial<Action> = {},
): Action {
  return {
    schema: () => anyBody(action),
    vm,
    run: (doing) => begin(doing, life, task, life),
    ...more,
  };
}

const imageable: readonly VmState[] = ['active', 'stopped', 'paused', 'suspended'];

/** Actions that switch a server on, off and between (SOURCES: nova §6, §7). */
export const powerActions: Readonly<Record<string, Action>> = {
  'os-start': simple('os-start', 'powering-on', 'start', ['stopped'], {
    method: 'start',
    needsHost: true,
  }),
  'os-stop': simple('os-stop', 'powering-off', 'stop', ['active', 'error'], {
    method: 'stop',
    needsHost: true,
  }),
  pause: simple('pause', 'pausing', 'pause', ['active']),
  unpause: simple('unpause', 'unpausing', 'unpause', ['paused']),
  suspend: simple('suspend', 'suspending', 'suspend', ['active']),
  resume: simple('resume', 'resuming', 'resume', ['suspended']),
  unrescue: simple('unrescue', 'unrescuing', 'unrescue', ['rescued']),
  shelve: simple('shelve', 'shelving', 'shelve', imageable),
  shelveOffload: simple('shelveOffload', 'shelving_offloading', 'shelveOffload', ['shelved'], {
    policy: 'os-shelve:shelve_offload',
  }),
  unshelve: {
    ...simple('unshelve', 'unshelving', 'unshelve', ['shelved', 'shelved_offloaded']),
    schema: unshelveBody,
  },
  reboot: {
    schema: () => rebootBody,
    // A hard reboot is for a server that does not answer.
    anyTask: true,
    run: (doing) => {
      const { row, body } = doing;
      const isHard = String(findObject(body, 'reboot')['type']).toUpperCase() === 'HARD';
      requireRebootable(doing, isHard);
      return begin(
        doing,
        'reboot',
        isHard ? 'rebooting_hard' : 'rebooting',
        'reboot',
        isHard ? { fault: null } : { fault: row.fault },
      );
    },
  },
  rescue: {
    schema: () => rescueBody,
    vm: ['active', 'stopped', 'error'],
    run: (doing) => {
      const { body, row } = doing;
      if (row.boot_volume !== null)
        throw badRequest(`Instance ${row.id} cannot be rescued: Cannot rescue a volume-backed instance`);
      const { adminPass = makePassword() } = findObject(body, 'rescue');
      begin(doing, 'rescue', 'rescuing', 'rescue');
      return { status: 200, body: { adminPass } };
    },
  },
  changePassword: {
    schema: () => passwordBody,
    hidesLock: true,
    vm: ['active'],
    run: (doing) => begin(doing, 'changePassword', 'updating_password', 'changePassword'),
  },
  lock: {
    schema: lockBody,
    anyTask: true,
    ignoresLock: true,
    run: (doing) => {
      const { context, asked, row, body } = doing;
      if (row.locked !== null && asked.account.id === row.account) return accepted; // as it is
      const reason = asked.version >= 73 ? findObject(body, 'lock')['locked_reason'] : undefined;
      const owner = asked.isAdmin && asked.account.id !== row.account ? 'admin' : 'owner';
      context.servers.change(row, {
        locked: asked.isAdmin ? 'admin' : owner,
        locked_reason: typeof reason === 'string' ? reason : null,
      });
      note(doing, 'lock');
      return accepted;
    },
  },
  unlock: {
    schema: () => anyBody('unlock'),
    anyTask: true,
    ignoresLock: true,
    run: (doing) => {
      doing.context.servers.change(doing.row, { locked: null, locked_reason: null });
      note(doing, 'unlock');
      return accepted;
    },
  },
  trigger_crash_dump: {
    schema: () => anyBody('trigger_crash_dump'),
    from: 17,
    needsHost: true,
    vm: ['active', 'paused', 'rescued', 'resized', 'error'],
    run: (doing) => {
      note(doing, 'trigger_crash_dump'); // where a dump would go is the guest's affair
      return accepted;
    },
  },
};
