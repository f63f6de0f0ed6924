import { writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, exitCodesUsage, reportError, UsageError } from '../commandLine.ts';
import { textIn } from '../manifests/encoding.ts';
import { foreignFormats } from '../manifests/foreignFormats.ts';
import { readManifest } from '../manifests/read.ts';
import { printable } from '../plainText.ts';
import { type ConversionInput, type ConvertedFormat, convertImages } from '../workspace/foreign/convert.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { openFolder } from './parts.ts';

const targets: readonly ConvertedFormat[] = ['manifest', ...foreignFormats];

const usage = `cloud-images convert FILE… --to FORMAT   writes images in the form of another tool

Files are image manifests, or what other tools keep: images.yml of openstack-image-manager (osism), resources Image of K-ORC
(k-orc), openstack_images_image_v2 in Terraform's JSON (terraform), tasks of openstack.cloud.image (ansible). A file is
known by its shape, or by .cloud-images.json. What the other form cannot say is a failure, and nothing is written.

  --to FORMAT    ${targets.join(', ')}
  -o, --output FILE   where to write; manifests by its ending as YAML or JSON. By default to the output
  --force        writes over a file that is there
  --lossy        leaves out what the other form cannot say

${exitCodesUsage}
  cloud-images convert images.yml --to manifest -o images.image.yaml
  cloud-images convert web.image.yaml --to terraform
`;

interface Options {
  readonly files: readonly string[];
  readonly to: ConvertedFormat;
  readonly output: string | undefined;
  readonly force: boolean;
  readonly lossy: boolean;
}

/** `cloud-images convert …`. Sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const options = read(args);
    if (options) process.exitCode = await convert(options);
    else process.stdout.write(usage);
  } catch (error) {
    process.exitCode = reportError('convert', error);
  }
}

function read(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      output: { type: 'string', short: 'o' },
      force: { type: 'boolean', default: false },
      lossy: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const to = targets.find((one) => one === values.to);
  if (!to)
    throw new UsageError(
      `--to takes ${targets.join(', ')}${values.to === undefined ? '' : `, not '${values.to}'`}.`,
    );
  if (positionals.length === 0) throw new UsageError('Name a file: cloud-images convert FILE --to FORMAT.');
  return { files: positionals, to, output: values.output, force: values.force, lossy: values.lossy };
}

async function convert({ files, to, output, force, lossy }: Options): Promise<number> {
  const workspace = openFolder({}, undefined);
  const inputs: ConversionInput[] = [];
  for (const file of files) inputs.push(await readInput(file, output, workspace));
  const isJson =
    output === undefined ? inputs.every(({ file }) => file.format === 'json') : /\.jsonc?$/i.test(output);
  const { text, losses, notes } = convertImages(inputs, to, isJson ? 'json' : 'yaml');
  const say = (line: string): void => void process.stderr.write(`${printable(line)}\n`);
  for (const loss of losses) say(loss);
  if (losses.length > 0 && !lossy)
    throw new Error('Nothing is written, since that would be lost. With --lossy it is left out.');
  for (const note of notes) say(note);
  if (output === undefined) process.stdout.write(text);
  else await writeNew(output, text, force);
  return exitCodes.done;
}

async function readInput(
  name: string,
  output: string | undefined,
  workspace: Workspace,
): Promise<ConversionInput> {
  const path = resolve(name);
  const { problem } = await workspace.project(path);
  if (problem) throw new Error(problem);
  const text = textIn(await nodeFiles.readBytes(path, maximumManifestBytes), name);
  const file = readManifest({ text, path, told: await workspace.kindHint(path) });
  const [from, to] = [dirname(path), output === undefined ? undefined : dirname(resolve(output))];
  if (to === undefined || from === to) return { file, name };
  return {
    file,
    name,
    rebase: (own) => {
      const there = relative(to, resolve(from, own));
      return isAbsolute(there) ? there : there.replaceAll('\\', '/');
    },
  };
}

async function writeNew(output: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(output, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Error(`${output} is there already. Name another file, or write over it with --force.`);
    throw error;
  }
}
