import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';

/** A row of `servers`. Times are milliseconds since 1970; columns of JSON are text. */
export interface ServerRow {
  readonly key: number;
  readonly region: string;
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly name: string;
  readonly description: string | null;
  readonly hostname: string;
  readonly created: number;
  readonly updated: number;
  readonly launched: number | null;
  /** When it was deleted; the row stays for lists of what has changed. */
  readonly ended: number | null;
  readonly vm_state: VmState;
  readonly task_state: string | null;
  readonly power_state: number;
  /** A `ServerFlavor`, as it was when the server was built. */
  readonly flavor: string;
  /** The flavor before a resize that is not confirmed. */
  readonly old_flavor: string | null;
  /** Null where it boots from a volume. */
  readonly image: string | null;
  /** What images of the server inherit, by name. */
  readonly image_properties: string;
  readonly min_disk: number;
  readonly min_ram: number;
  readonly metadata: string;
  readonly key_name: string | null;
  readonly config_drive: number;
  readonly disk_config: string;
  readonly access4: string | null;
  readonly access6: string | null;
  readonly user_data: string | null;
  readonly zone: string | null;
  readonly host: string | null;
  /** Id of its network; null without one. */
  readonly network: string | null;
  readonly address: string | null;
  readonly mac: string | null;
  readonly security_groups: string;
  /** `owner` or `admin`: who locked it. */
  readonly locked: string | null;
  readonly locked_reason: string | null;
  /** `{ code, created, message }` */
  readonly fault: string | null;
  readonly reservation: string;
  readonly launch_index: number;
  readonly root_device: string;
  readonly server_group: string | null;
  readonly trusted_certs: string | null;
  /** Bytes of its system disk. */
  readonly disk_bytes: number;
  /** The content that the disk is a difference to; null: a blank disk, or a volume. */
  readonly disk_blob: string | null;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly boot_volume: string | null;
  /** A `GuestDisk`. */
  readonly guest_disk: string;
  /** 0 to 100. */
  readonly progress: number;
  readonly revision: number;
}

export type VmState =
  | 'building'
  | 'active'
  | 'stopped'
  | 'paused'
  | 'suspended'
  | 'rescued'
  | 'resized'
  | 'shelved'
  | 'shelved_offloaded'
  | 'error'
  | 'deleted';

/** As Nova numbers them. */
export const power = { none: 0, running: 1, paused: 3, shutdown: 4 } as const;

/** A flavor as a server keeps it. */
export interface ServerFlavor {
  readonly id: string;
  readonly name: string;
  readonly class: string;
  /** MB. */
  readonly ram: number;
  /** GB of the system disk, and of the others. */
  readonly disk: number;
  readonly ephemeral: number;
  /** MB. */
  readonly swap: number;
  readonly vcpus: number;
  readonly extra_specs: Readonly<Record<string, string>>;
}

export function flavorOf(row: Pick<ServerRow, 'flavor'>): ServerFlavor {
  return JSON.parse(row.flavor);
}

export function readObject(text: string): JsonObject {
  const value: Json = JSON.parse(text);
  return isObject(value) ? value : {};
}

type StatusTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

const rebuilding = {
  rebuilding: 'REBUILD',
  rebuild_block_device_mapping: 'REBUILD',
  rebuild_spawning: 'REBUILD',
};
const resizing = {
  resize_prep: 'RESIZE',
  resize_migrating: 'RESIZE',
  resize_migrated: 'RESIZE',
  resize_finish: 'RESIZE',
};
const softReboots = { rebooting: 'REBOOT', reboot_pending: 'REBOOT', reboot_started: 'REBOOT' };
const hardReboots = {
  rebooting_hard: 'HARD_REBOOT',
  reboot_pending_hard: 'HARD_REBOOT',
  reboot_started_hard: 'HARD_REBOOT',
};

/** The status that each pair of states shows as; `''`: any other task state (SOURCES: nova §6). */
const statuses: StatusTable = {
  active: {
    '': 'ACTIVE',
    ...softReboots,
    ...hardReboots,
    updating_password: 'PASSWORD',
    ...rebuilding,
    migrating: 'MIGRATING',
    ...resizing,
  },
  building: { '': 'BUILD' },
  stopped: { '': 'SHUTOFF', ...resizing, ...rebuilding },
  resized: { '': 'VERIFY_RESIZE', resize_reverting: 'REVERT_RESIZE' },
  paused: { '': 'PAUSED', migrating: 'MIGRATING' },
  suspended: { '': 'SUSPENDED' },
  rescued: { '': 'RESCUE' },
  error: { '': 'ERROR', ...rebuilding },
  deleted: { '': 'DELETED' },
  shelved: { '': 'SHELVED' },
  shelved_offloaded: { '': 'SHELVED_OFFLOADED' },
};

export function statusOf({
  vm_state: vm,
  task_state: task,
}: Pick<ServerRow, 'vm_state' | 'task_state'>): string {
  const table = statuses[vm];
  return table?.[task ?? ''] ?? table?.[''] ?? 'UNKNOWN';
}

/** The states that statuses, in any case, stand for; no task states where any will do. */
export function statesOf(asked: readonly string[]): { vm: string[]; task: string[] } {
  const wanted = new Set(asked.map((status) => status.toUpperCase()));
  const vm = new Set<string>();
  const task = new Set<string>();
  for (const [state, table] of Object.entries(statuses))
    for (const [taskState, status] of Object.entries(table))
      if (wanted.has(status)) {
        vm.add(state);
        task.add(taskState);
      }
  return { vm: [...vm], task: task.has('') ? [] : [...task] };
}
