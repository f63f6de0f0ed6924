import { exitCodes, UsageError } from '../commandLine.ts';
import { isEntry } from '../entry.ts';
import { onInterrupt } from '../system.ts';
import { runCheck } from './check.ts';
import { DataInUse, startEmulator } from './emulator.ts';
import { createLog } from './kernel/log.ts';
import { findSnapshot, readOptions, StartRefused, usage } from './options.ts';
import { readStartHead } from './seed/snapshot.ts';
import { DataRefused, removeData } from './store/folder.ts';

/** `cloud-images emulator …`: prints one JSON line when it serves, and ends on SIGTERM, SIGINT or `POST /emulator/stop`. */
export async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  try {
    if (args.includes('--check')) {
      await runCheck(args);
      return;
    }
    const log = createLog((line) => process.stderr.write(line));
    const snapshot = findSnapshot(args);
    const kept = snapshot === undefined ? undefined : await readStartHead(snapshot);
    const options = readOptions(args, kept);
    const emulator = await startEmulator(options, log);
    const { url, data } = emulator;
    onInterrupt(() => void emulator.close());
    process.stdout.write(`${JSON.stringify({ ready: true, url, pid: process.pid, data })}\n`);
    await emulator.closed;
    if (options.discard) removeData(data);
  } catch (error) {
    const expected = [UsageError, StartRefused, DataInUse, DataRefused].some(
      (known) => error instanceof known,
    );
    process.stderr.write(
      `${expected || !(error instanceof Error) ? String(error).replace(/^\w+: /, '') : error.stack}\n`,
    );
    if (error instanceof UsageError) process.stderr.write(`\n${usage}\n`);
    process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

if (isEntry(import.meta.filename)) void main(process.argv.slice(2));
