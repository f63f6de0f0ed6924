import type { ChildProcess } from 'node:child_process';
import * as files from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** What Windows does otherwise than POSIX systems: paths, signals, locks, renames, modes. Nothing else asks for the platform. */
export interface System {
  /** Files and folders have modes, which say who may read them. */
  readonly hasModes: boolean;
  /** A file can be removed while a process has it open. */
  readonly removesOpenFiles: boolean;
  /** `file://HOST/…` names a path of this system: a share. */
  readonly hasShares: boolean;
  /** The file name of a program. */
  program(name: string): string;
  /**
   * Renames a file, over one that is there. Where virus scanners and indexers hold a new file for moments, tries for about
   * two seconds. Throws what the system says.
   */
  replaceFile(from: string, to: string): Promise<void>;
  /** As `replaceFile`, for callers that cannot wait; tries for half a second. */
  replaceFileSync(from: string, to: string): void;
  /** Makes renames in a folder durable, where the system does not do so by itself. */
  syncFolder(folder: string): void;
  /** Processes are started in groups, which end as one by `killGroup`. */
  readonly hasGroups: boolean;
  /** Ends a process at once, which was started with `detached: hasGroups`, and what it has started where it leads a group. */
  killGroup(child: ChildProcess): void;
  /** Asks a process of ours to end in order, as Ctrl+C does. One that has no channel to be asked by is ended at once. */
  interrupt(child: ChildProcess): void;
}

/** What a process of ours with a channel is told in place of a signal. */
const interruptMessage = 'interrupt';

/** Milliseconds between tries of a rename. */
const [pauses, pausesSync] = [
  [10, 30, 60, 100, 300, 500, 1000],
  [5, 15, 30, 50, 150, 250],
];

/** `calls` are those of the file system. */
export function systemOf(platform: NodeJS.Platform, calls: Calls = files): System {
  return platform === 'win32' ? windows(calls) : posix(calls);
}

type Calls = Pick<typeof files, 'openSync' | 'fsyncSync' | 'closeSync' | 'renameSync'> & {
  readonly promises: Pick<typeof files.promises, 'rename'>;
};

export const system = systemOf(process.platform);

/** Tells whether a process of that number runs, ours or another's. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Calls `stop` at Ctrl+C, at SIGTERM, and where `System.interrupt` asks for it. */
export function onInterrupt(stop: () => void): void {
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  onInterruptMessage(stop);
}

/** Calls `stop` where `System.interrupt` asks for it on Windows. */
export function onInterruptMessage(stop: () => void): void {
  process.on('message', (message) => {
    if (message === interruptMessage) stop();
  });
  process.channel?.unref(); // listening keeps no process alive
}

function posix({ openSync, fsyncSync, closeSync, renameSync, promises }: Calls): System {
  return {
    hasModes: true,
    removesOpenFiles: true,
    hasShares: false,
    program: (name) => name,
    replaceFile: (from, to) => promises.rename(from, to),
    replaceFileSync: renameSync,
    syncFolder: (folder) => {
      const file = openSync(folder, 'r');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
    hasGroups: true,
    killGroup: ({ pid }) => {
      if (pid === undefined) return;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // it has ended
      }
    },
    interrupt: (child) => {
      child.kill('SIGINT');
    },
  };
}

/** Folders cannot be synced there, and the file system journals renames; a signal ends a process at once. */
function windows({ renameSync, promises }: Calls): System {
  return {
    hasModes: false,
    removesOpenFiles: false,
    hasShares: true,
    program: (name) => `${name}.exe`,
    replaceFile: async (from, to) => {
      for (const pause of pauses) {
        try {
          await promises.rename(from, to);
          return;
        } catch (error) {
          if (!isHeld(error)) throw error;
          await wait(pause);
        }
      }
      await promises.rename(from, to);
    },
    replaceFileSync: (from, to) => {
      for (const pause of pausesSync) {
        try {
          renameSync(from, to);
          return;
        } catch (error) {
          if (!isHeld(error)) throw error;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
        }
      }
      renameSync(from, to);
    },
    syncFolder: () => undefined,
    hasGroups: false,
    killGroup: (child) => {
      child.kill('SIGKILL');
    },
    interrupt: (child) => {
      if (child.connected) child.send(interruptMessage);
      else child.kill();
    },
  };
}

/** Windows refuses a rename while another process looks at the file: a scanner, an indexer, an editor's watcher. */
function isHeld(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['EPERM', 'EACCES', 'EBUSY'].includes(String(error.code))
  );
}
