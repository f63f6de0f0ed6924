import { exitCodes } from '../commandLine.ts';
import { isEntry } from '../entry.ts';
import { onInterrupt } from '../system.ts';
import { emulatorVerb } from '../verbs/emulator.ts';
import { runVerb, type Told, tellError } from '../verbs/run.ts';
import { runCheck } from './check.ts';
import { DataInUse, startEmulator } from './emulator.ts';
import { createLog } from './kernel/log.ts';
import { readOptions, StartRefused } from './options.ts';
import { readStartHead } from './seed/snapshot.ts';
import { DataRefused, removeData } from './store/folder.ts';

/** `cloud-images emulator …`: prints one JSON line when it serves, and ends on SIGTERM, SIGINT or `POST /emulator/stop`. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(
    emulatorVerb,
    args,
    async ({ values }, output) => {
      if (values.check) return runCheck(values, output);
      const log = createLog((line) => process.stderr.write(line), output.isQuiet);
      const { snapshot } = values;
      const options = readOptions(values, snapshot === undefined ? undefined : await readStartHead(snapshot));
      const emulator = await startEmulator(options, log);
      const { url, data } = emulator;
      onInterrupt(() => void emulator.close());
      process.stdout.write(`${JSON.stringify({ ready: true, url, pid: process.pid, data })}\n`);
      await emulator.closed;
      if (options.discard) removeData(data);
      return exitCodes.done;
    },
    tell,
  );
}

function tell(error: unknown): Told {
  const isExpected = [StartRefused, DataInUse, DataRefused].some((known) => error instanceof known);
  if (isExpected && error instanceof Error) return { code: 'emulator/not-started', message: error.message };
  const told = tellError(error);
  const isBug = told.code === 'failed' && error instanceof Error;
  return isBug ? { ...told, message: error.stack ?? error.message } : told;
}

if (isEntry(import.meta.filename)) void main(process.argv.slice(2));
