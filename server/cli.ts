#!/usr/bin/env node
import { exitCodes, exitCodesUsage } from './commandLine.ts';
import { nearest } from './rules/nearest.ts';
import { productVersion } from './version.ts';

/** `cloud-images VERB …`. Each verb is loaded when it is asked for. */
const verbs: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<void> }>>> = {
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
  mcp: () => import('./commands/mcp.ts'),
};

const usage = `cloud-images emulator [options]   a cloud of your own
cloud-images exec -- COMMAND…     runs a command in a cloud of its own
cloud-images lint [paths…]        checks manifests by the rules of the editor
cloud-images disk FILE            what a disk is, and whether it can be imported
cloud-images plan PATH…           what applying manifests would change
cloud-images diff PATH…           what live images have otherwise than manifests
cloud-images apply PATH…          changes images as manifests say, and takes it back
cloud-images adopt IMAGE…         writes manifests of what is there
cloud-images import PATH…         uploads and imports the disks of import manifests
cloud-images export IMAGE         exports an image as a VHD, and downloads it
cloud-images copy IMAGE           makes an own image of a shared or public one
cloud-images transfer IMAGE       copies an image to another region
cloud-images rehearse PATH…       runs manifests in an emulator of their own
cloud-images convert FILE…        images from and for osism, K-ORC, Terraform, Ansible
cloud-images mcp                  tools for agents, by the Model Context Protocol
cloud-images --version            the version alone

cloud-images VERB --help has the options and examples. NO_COLOR and FORCE_COLOR decide on colors.
${exitCodesUsage}`;

const [verb, ...rest] = process.argv.slice(2);
const load = verb !== undefined && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
if (load) {
  load()
    .then(({ main }) => main(rest))
    .catch((error) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = exitCodes.failed;
    });
} else if (verb === '--help' || verb === '-h' || verb === 'help') {
  process.stdout.write(usage);
} else if (verb === '--version' || verb === '-v') {
  process.stdout.write(`${productVersion()}\n`);
} else {
  const meant = verb === undefined ? undefined : nearest(verb, Object.keys(verbs));
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  process.stderr.write(verb === undefined ? usage : `There is no verb '${verb}'.${question}\n${usage}`);
  process.exitCode = exitCodes.usage;
}

/** The bundle of a verb stands beside this one; unbundled it is a folder. */
function beside(name: string): string {
  return import.meta.filename.endsWith('.ts') ? `./${name}/main.ts` : `./${name}.js`;
}
