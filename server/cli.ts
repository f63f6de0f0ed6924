#!/usr/bin/env node
import { exitCodes } from './commandLine.ts';
import { productVersion } from './version.ts';

/** `cloud-images VERB …`. Each verb is loaded when it is asked for, and the table of all of them for help. */
const loaders: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<void> }>>> = {
  emulator: async () =>
    process.argv[3] === 'snapshot'
      ? { main: (args) => import('./commands/snapshot.ts').then(({ main }) => main(args.slice(1))) }
      : await import(beside('emulator')),
  exec: () => import('./commands/exec.ts'),
  lint: () => import('./commands/lint.ts'),
  disk: () => import('./commands/disk.ts'),
  plan: async () => ({ main: (await import('./commands/apply.ts')).plan }),
  diff: () => import('./commands/diff.ts'),
  apply: async () => ({ main: (await import('./commands/apply.ts')).apply }),
  adopt: () => import('./commands/adopt.ts'),
  import: async () => ({ main: (await import('./commands/apply.ts')).importDisks }),
  export: () => import('./commands/export.ts'),
  copy: () => import('./commands/copy.ts'),
  transfer: () => import('./commands/transfer.ts'),
  rehearse: () => import('./commands/rehearse.ts'),
  convert: () => import('./commands/convert.ts'),
  lsp: () => import('./commands/lsp.ts'),
  mcp: () => import('./commands/mcp.ts'),
  explain: () => import('./commands/explain.ts'),
  completion: () => import('./commands/completion.ts'),
  man: async () => ({ main: (await import('./commands/completion.ts')).man }),
};

// Who reads no more, as `head` does, ends what is said, not what is done.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const [verb, ...rest] = process.argv.slice(2);
const load = verb !== undefined && Object.hasOwn(loaders, verb) ? loaders[verb] : undefined;
run().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = exitCodes.failed;
});

async function run(): Promise<void> {
  if (verb === '--version' || verb === '-v') {
    process.stdout.write(`${productVersion()}\n`);
    return;
  }
  if (load && !rest.includes('--help') && !rest.includes('-h')) return (await load()).main(rest);
  const { answerHelp } = await import('./verbs/answerHelp.ts');
  if (answerHelp(verb, rest)) return;
  await load?.().then(({ main }) => main(rest)); // what asks for help is another program's
}

/** The bundle of a verb stands beside this one; unbundled it is a folder. */
function beside(name: string): string {
  return import.meta.filename.endsWith('.ts') ? `./${name}/main.ts` : `./${name}.js`;
}
