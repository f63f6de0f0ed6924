import { requireState } from '../servers/find.ts';
import type { Doing } from './action.ts';

const softFrom = ['active'];
const hardFrom = ['active', 'stopped', 'paused', 'suspended', 'error'];
const rebootingHard = new Set(['rebooting_hard', 'reboot_pending_hard', 'reboot_started_hard']);

/** Throws 409: a soft reboot wants an idle, active server; a hard one may break off what goes on, but no hard reboot. */
export function requireRebootable({ row }: Doing, isHard: boolean): void {
  requireState(
    row,
    'reboot',
    isHard ? hardFrom : softFrom,
    isHard && !rebootingHard.has(row.task_state ?? ''),
  );
}
