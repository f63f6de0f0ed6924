import { exitCodes, UsageError } from '../commandLine.ts';
import { isEntry } from '../entry.ts';
import { onInterrupt } from '../system.ts';
import { runCheck } from './check.ts';
import { DataInUse, startEmulator } from './emulator.ts';
import { createLog } from './kernel/log.ts';
import { readOptions, StartRefused, usage } from './options.ts';
import { DataRefused } from './store/folder.ts';

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
    const emulator = await startEmulator(readOptions(args), log);
    const { url, data } = emulator;
    onInterrupt(() => void emulator.close());
    process.stdout.write(`${JSON.stringify({ ready: true, url, pid: process.pid, data })}\n`);
    await emulator.closed;
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
