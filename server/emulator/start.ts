import { spawn } from 'node:child_process';
import { exitCodes } from '../commandLine.ts';
import { emulatorNode, isEntry, loadCompiled } from '../entry.ts';
import { onInterruptMessage, system } from '../system.ts';

// What dist/emulator.js is: the program itself, and what `cloud-images emulator` loads.

/** Runs the emulator in this process, or, where this Node cannot, in one of a Node that can. */
export async function main(args: readonly string[]): Promise<void> {
  let node: string;
  try {
    node = emulatorNode();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodes.failed;
    return;
  }
  if (node === process.execPath) {
    const service = await loadCompiled<typeof import('./main.ts')>('./emulatorService.js');
    return service.main(args);
  }
  // It is not to look for another once more.
  const { CLOUD_IMAGES_NODE: _, ...env } = process.env;
  const child = spawn(node, [import.meta.filename, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
  });
  // A terminal sends Ctrl+C to both; any other signal is for this process alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  onInterruptMessage(() => system.interrupt(child));
  await new Promise<void>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${node} did not start: ${error.message}\n`);
      process.exitCode = exitCodes.failed;
      resolve();
    });
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128);
      resolve();
    });
  });
}

if (isEntry(import.meta.filename)) void main(process.argv.slice(2));
