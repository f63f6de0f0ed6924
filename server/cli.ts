#!/usr/bin/env node
/** `cloud-images VERB …`. Each verb is loaded when it is asked for. */
const verbs: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<void> }>>> = {
  emulator: async () => await import(beside('emulator')),
  lint: () => import('./lint/main.ts'),
  disk: () => import('./commands/disk.ts'),
  plan: async () => ({ main: (await import('./commands/apply.ts')).plan }),
  apply: async () => ({ main: (await import('./commands/apply.ts')).apply }),
  import: async () => ({ main: (await import('./commands/apply.ts')).importDisks }),
  export: () => import('./commands/export.ts'),
  transfer: () => import('./commands/transfer.ts'),
  rehearse: () => import('./commands/rehearse.ts'),
};

const usage = `cloud-images emulator [options]   a cloud of your own; see cloud-images emulator --help
cloud-images lint [paths…]        checks manifests by the rules of the editor; see cloud-images lint --help
cloud-images disk FILE            what a disk is, and whether it can be imported; see cloud-images disk --help
cloud-images plan PATH…           what applying manifests would change; see cloud-images plan --help
cloud-images apply PATH…          changes images as manifests say, and takes it back; see cloud-images apply --help
cloud-images import PATH…         uploads and imports the disks of import manifests; see cloud-images import --help
cloud-images export IMAGE         exports an image as a VHD, and downloads it; see cloud-images export --help
cloud-images transfer IMAGE       copies an image to another region; see cloud-images transfer --help
cloud-images rehearse PATH…       runs manifests in an emulator of their own; see cloud-images rehearse --help
`;

const [verb, ...rest] = process.argv.slice(2);
const load = verb !== undefined && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
if (load) {
  load()
    .then(({ main }) => main(rest))
    .catch((error) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    });
} else if (verb === '--help' || verb === '-h') {
  process.stdout.write(usage);
} else {
  process.stderr.write(verb === undefined ? usage : `There is no verb '${verb}'.\n${usage}`);
  process.exitCode = 2;
}

/** The bundle of a verb stands beside this one; unbundled it is a folder. */
function beside(name: string): string {
  return import.meta.filename.endsWith('.ts') ? `./${name}/main.ts` : `./${name}.js`;
}
