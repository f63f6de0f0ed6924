import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { t } from '@vscode/l10n';
import type { Rehearsed } from '../../server/commands/rehearsal.ts';
import { system } from '../../server/system.ts';
import { nodeEnvironment } from '../emulator/nodeEnvironment.ts';

export interface RehearsalCommand {
  /** Path of dist/cli.js. */
  readonly cli: string;
  /** The folder that the manifests are in, whose settings hold. */
  readonly folder: string;
  /** Absolute paths, in the order in which they are run. */
  readonly files: readonly string[];
  readonly profile?: string | null | undefined;
  readonly release?: string | null | undefined;
  readonly signal: AbortSignal;
}

/** Milliseconds in which the command may end its emulator. */
const grace = 5000;

/**
 * Rehearses manifests in an emulator of their own, by the command line in a process of its own. Yields each document as it
 * ends. Throws the command's words where it breaks off.
 */
export async function* rehearse(command: RehearsalCommand): AsyncGenerator<Rehearsed, void> {
  const { cli, folder, files, profile, release, signal } = command;
  const paths = files.map((file) => relative(folder, file));
  const parameters = [
    'rehearse',
    '--format',
    'jsonl',
    ...(profile ? ['--profile', profile] : []),
    ...(release ? ['--release', release] : []),
    '--',
    ...paths,
  ];
  const child = spawn(process.execPath, [cli, ...parameters], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
    env: { ...nodeEnvironment(), NO_COLOR: '1' },
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw noResult();
  let words = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined); // it is awaited below
  let force: NodeJS.Timeout | undefined;
  const stop = (): void => {
    system.interrupt(child);
    force = setTimeout(() => child.kill('SIGKILL'), grace);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  let code: number | null = null;
  let [count, isFailed] = [0, false];
  try {
    for await (const line of createInterface({ input: stdout })) {
      if (line === '') continue;
      count++;
      const rehearsed: Rehearsed = JSON.parse(line);
      isFailed ||= rehearsed.expected ? !rehearsed.expected.met : rehearsed.outcome === 'refused';
      yield rehearsed;
    }
    code = await ended;
  } finally {
    clearTimeout(force);
    signal.removeEventListener('abort', stop);
    if (child.exitCode === null) system.interrupt(child); // nobody reads on
  }
  // 1: some were refused, or answered otherwise than their tests say. It is the code of a failure, too, which cannot be told from it then.
  const isWhole = count > 0 && code === (isFailed ? 1 : 0);
  if (!isWhole && !signal.aborted) throw words.trim() === '' ? noResult() : new Error(words.trim());
}

function noResult(): Error {
  return new Error(t('The rehearsal ended without a result.'));
}
