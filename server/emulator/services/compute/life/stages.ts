import type { EmulatorContext } from '../../context.ts';
import { describeHost, findZone } from '../servers/hosts.ts';
import { power, type ServerRow } from '../servers/rows.ts';

/** One change of a server's state, after a share of its action's duration. */
export interface Stage {
  readonly share: number;
  /** The columns that change. */
  enter(row: ServerRow, context: EmulatorContext): Partial<ServerRow>;
}

/** What happens to a server after an action has been accepted: its states, in order (SOURCES: nova §6). */
export interface Life {
  /** Simulated milliseconds; ours, but for the build's floor (DECISIONS 26). */
  readonly duration: number;
  readonly stages: readonly Stage[];
}

const set = (columns: Partial<ServerRow>) => (): Partial<ServerRow> => columns;
/** `task_state` becomes each of these, then the last stage ends it. */
const tasks = (names: readonly string[], share: number): Stage[] =>
  names.map((name) => ({ share, enter: set({ task_state: name }) }));
const end = (share: number, columns: Partial<ServerRow> | Stage['enter']): Stage => ({
  share,
  enter: (row, context) => ({
    task_state: null,
    ...(typeof columns === 'function' ? columns(row, context) : columns),
  }),
});

const running: Partial<ServerRow> = { vm_state: 'active', power_state: power.running };
const second = 1000;

const build: Life = {
  duration: 30 * second,
  stages: [
    { share: 0.1, enter: (row, { store }) => ({ task_state: null, zone: findZone(store, row.region) }) },
    { share: 0.1, enter: set({ host: describeHost().name }) },
    ...tasks(['networking', 'block_device_mapping', 'spawning'], 0.1),
    end(0.5, (_row, context) => ({
      ...running,
      launched: context.clock.now(),
      progress: doneOf(context),
    })),
  ],
};

const rebuild: Life = {
  duration: 30 * second,
  stages: [
    ...tasks(['rebuild_block_device_mapping', 'rebuild_spawning'], 0.2),
    end(0.6, (row, context) => ({
      progress: doneOf(context),
      ...(row.vm_state === 'stopped' ? {} : running),
      launched: context.clock.now(),
      fault: null,
    })),
  ],
};

const resize: Life = {
  duration: 40 * second,
  stages: [
    ...tasks(['resize_migrating', 'resize_migrated', 'resize_finish'], 0.25),
    end(0.25, (_row, context) => ({ vm_state: 'resized', launched: context.clock.now() })),
  ],
};

const reboot: Life = {
  duration: 10 * second,
  stages: [
    {
      share: 0.2,
      enter: (row) => ({ task_state: String(row.task_state).replace(/^rebooting/, 'reboot_started') }),
    },
    end(0.8, running),
  ],
};

const shelve: Life = {
  duration: 60 * second,
  stages: [
    ...tasks(['shelving_image_pending_upload', 'shelving_image_uploading'], 0.3),
    {
      share: 0.2,
      enter: set({ vm_state: 'shelved', task_state: 'shelving_offloading', power_state: power.shutdown }),
    },
    end(0.2, { vm_state: 'shelved_offloaded', host: null, zone: null }),
  ],
};

const short = (duration: number, columns: Partial<ServerRow> | Stage['enter']): Life => ({
  duration: duration * second,
  stages: [end(1, columns)],
});

/** By action. */
export const lives = {
  create: build,
  rebuild,
  resize,
  reboot,
  shelve,
  confirmResize: short(2, (row) => ({
    vm_state: row.power_state === power.shutdown ? 'stopped' : 'active',
    old_flavor: null,
  })),
  revertResize: short(10, (row) => ({
    vm_state: row.power_state === power.shutdown ? 'stopped' : 'active',
    flavor: row.old_flavor ?? row.flavor,
    old_flavor: null,
    disk_bytes: diskBefore(row),
  })),
  stop: short(5, { vm_state: 'stopped', power_state: power.shutdown }),
  start: short(5, running),
  pause: short(2, { vm_state: 'paused', power_state: power.paused }),
  unpause: short(2, running),
  suspend: short(5, { vm_state: 'suspended', power_state: power.shutdown }),
  resume: short(5, running),
  rescue: short(20, { vm_state: 'rescued', power_state: power.shutdown }),
  unrescue: short(10, running),
  unshelve: {
    duration: 30 * second,
    stages: [
      ...tasks(['spawning'], 0.2),
      end(0.8, ({ region }, { store }) => ({
        ...running,
        host: describeHost().name,
        zone: findZone(store, region),
      })),
    ],
  },
  shelveOffload: short(5, { vm_state: 'shelved_offloaded', host: null, zone: null }),
  changePassword: short(3, {}),
} satisfies Readonly<Record<string, Life>>;

export type LifeName = keyof typeof lives;

export function isLifeName(name: string): name is LifeName {
  return Object.hasOwn(lives, name);
}

/** The disk of a server whose resize is reverted; a flavor without one leaves it to the image. */
function diskBefore({ old_flavor: old, disk_bytes: now }: ServerRow): number {
  const disk = old === null ? 0 : Number((JSON.parse(old) as { disk: number }).disk);
  return disk > 0 ? disk * 2 ** 30 : now;
}

/** Rackspace's API shows 100 for a server that is built; Nova shows 0. */
function doneOf({ profile }: EmulatorContext): number {
  return profile.compute.hasMicroversions ? 0 : 100;
}
