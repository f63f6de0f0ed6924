import { writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { textIn } from '../manifests/encoding.ts';
import { readManifest } from '../manifests/read.ts';
import { printable } from '../plainText.ts';
import { CommandError } from '../verbs/errors.ts';
import { explainReading, explainWriting } from '../verbs/fileErrors.ts';
import { convertedFormats, convertVerb } from '../verbs/files.ts';
import type { Output } from '../verbs/run.ts';
import { type ConversionInput, type ConvertedFormat, convertImages } from '../workspace/foreign/convert.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { openFolder } from './parts.ts';
import { runBriefVerb } from './verb.ts';

interface Options {
  readonly files: readonly string[];
  readonly to: ConvertedFormat;
  readonly output: string | undefined;
  readonly force: boolean;
  readonly lossy: boolean;
  readonly json: boolean;
}

/** `cloud-images convert …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runBriefVerb(convertVerb, args, ({ values, positionals }, output) => {
    const { to } = values;
    if (!to) throw new UsageError(`--to takes one of ${convertedFormats.join(', ')}.`);
    if (positionals.length === 0) throw new UsageError('Name a file: cloud-images convert FILE --to FORMAT.');
    return convert({ ...values, to, files: positionals }, output);
  });
}

async function convert(
  { files, to, output, force, lossy, json }: Options,
  { isQuiet, report }: Output,
): Promise<ExitCode> {
  const workspace = openFolder({}, undefined);
  const inputs: ConversionInput[] = [];
  for (const file of files) inputs.push(await readInput(file, output, workspace));
  const isJson =
    output === undefined ? inputs.every(({ file }) => file.format === 'json') : /\.jsonc?$/i.test(output);
  const { text, losses, notes } = convertImages(inputs, to, isJson ? 'json' : 'yaml');
  const say = (line: string): void => void process.stderr.write(`${printable(line)}\n`);
  for (const loss of losses) say(loss);
  report({ to, losses, notes });
  if (losses.length > 0 && !lossy)
    throw new CommandError(
      'convert/lossy',
      'Nothing is written, since that would be lost. With --lossy it is left out.',
    );
  if (!isQuiet) for (const note of notes) say(note);
  report({ to, losses, notes, ...(output === undefined ? { text } : { output }) });
  if (output === undefined) process.stdout.write(json ? '' : text);
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
  const bytes = await nodeFiles.readBytes(path, maximumManifestBytes).catch((error: unknown) => {
    throw explainReading(error, name) ?? error;
  });
  const text = textIn(bytes, name);
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
      throw new CommandError(
        'file/exists',
        `${output} is there already. Name another file, or write over it with --force.`,
      );
    throw explainWriting(error, output) ?? error;
  }
}
