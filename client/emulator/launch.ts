import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { t } from '@vscode/l10n';
import { makeFolder } from '../../server/folders.ts';
import { withoutVerb } from '../../server/plainText.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import type { Release } from '../../server/rules/profile/releases.ts';
import { leanMemory, nodeEnvironment } from './nodeEnvironment.ts';

export interface Launch {
  /** dist/emulator.js. */
  readonly program: string;
  readonly speed: () => number;
  /** 0: any free one. */
  readonly port: () => number;
  /** Seconds that it waits for another window after the last has left. */
  readonly linger: () => number;
}

/** The cloud that an emulator is. Undefined: the emulator's own default. */
export interface EmulatedCloud {
  readonly profile?: Profile['name'];
  readonly release?: Release;
}

/** The log of an emulator, beside its data folder; written anew at each start. */
export function logFileOf(data: string): string {
  return `${data}.log`;
}

/** Starts an emulator that outlives this process, and returns when it serves. Throws its own words where it ends before. */
export async function launchEmulator(
  { program, speed, linger }: Launch,
  data: string,
  cloud: EmulatedCloud,
  port: number,
): Promise<void> {
  const logFile = logFileOf(data);
  for (const folder of [data, dirname(logFile)]) makeFolder(folder);
  const log = await open(logFile, 'w', 0o600);
  try {
    const options = { data, ...cloud, seed: 'demo', speed: speed(), port, linger: linger() };
    const arguments_ = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(process.execPath, [program, ...arguments_], {
      detached: true,
      windowsHide: true,
      // Its log is a file, since a pipe would break when the window closes.
      stdio: ['ignore', 'pipe', log.fd],
      env: { ...nodeEnvironment(), ...leanMemory },
    });
    await ready(child, logFile);
    child.stdout?.destroy();
    child.unref();
  } finally {
    await log.close();
  }
}

function ready(child: ChildProcess, logFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let line = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      line += text;
      if (line.includes('\n')) resolve();
    });
    child.once('error', reject);
    child.once('exit', async (code) => {
      const output = await readFile(logFile, 'utf8').catch(() => '');
      reject(
        new Error(
          withoutVerb(output.trim().split('\n').slice(-5).join('\n')) ||
            t`The emulator ended with code ${String(code)}.`,
        ),
      );
    });
  });
}
