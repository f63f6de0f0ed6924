import { readFileSync } from 'node:fs';
import { type Comparison, compareImages, differs } from '../cloud/run/compare.ts';
import { placeText } from '../cloud/run/show.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { runAtChanges, waitingText } from '../lint/watch.ts';
import { findLine } from '../manifests/findLine.ts';
import { type JsonObject, pointerTo } from '../rules/json.ts';
import { diffVerb } from '../verbs/diff.ts';
import { CommandError } from '../verbs/errors.ts';
import { readNumber, refuseWatching } from '../verbs/read.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import type { Connected } from './connection.ts';
import { openFolder, readParts } from './parts.ts';
import { connect, describe, runVerb, sayPlan, type VerbRun, warn } from './verb.ts';

/** `cloud-images diff …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(diffVerb, args, async ({ values, positionals }, given) => {
    if (positionals.length === 0) throw new UsageError('Name the manifests: cloud-images diff PATH….');
    const interval = readNumber('--interval', values.interval, 1, 86_400);
    if (values.json && values.watch) refuseWatching('--json');
    const connected = await connect(values, given);
    if (!values.watch) return compare(positionals, connected, given);
    const { signal } = given;
    await runAtChanges(
      positionals,
      signal,
      async () => {
        // What cannot be read now may be mended by the next change.
        await compare(positionals, connected, given).catch((error: unknown) => {
          if (!signal.aborted) warn(`cloud-images diff: ${describe(error)}`);
        });
        if (!signal.aborted) warn(waitingText);
      },
      interval * 1000,
    );
    return exitCodes.interrupted;
  });
}

async function compare(
  paths: readonly string[],
  connected: Connected,
  { report, isJson }: Pick<VerbRun, 'report' | 'isJson'>,
): Promise<ExitCode> {
  const { cloud, caller, editor, published } = connected;
  const { parts } = await readParts(paths, openFolder(editor, published));
  if (!parts.some(({ kind }) => kind === 'image'))
    throw new CommandError(
      'manifest/kind',
      'None of these is an image manifest, so there is nothing to compare.',
    );
  const found = await compareImages(parts, cloud, caller);
  const place = { region: cloud.region, account: caller.account };
  report(toJson(found, place));
  if (!isJson) sayPlan(toText(found));
  if (found.some(({ image, problem }) => image === undefined && problem !== undefined))
    return exitCodes.failed;
  return found.some(differs) ? exitCodes.differs : exitCodes.done;
}

function toText(found: readonly Comparison[]): string {
  const all = found.filter((one) => differs(one) || one.problem !== undefined);
  const count = found.filter(differs).length;
  const end = `${count === 0 ? 'No image differs' : `${count} of ${found.length} ${found.length === 1 ? 'image differs' : 'images differ'}`}.`;
  return [...all.flatMap(describeImage), end].join('\n');
}

function describeImage(one: Comparison): string[] {
  const { part, name, image, drift, problem } = one;
  const which = image === undefined || image === name ? `'${name}'` : `'${name}' (${image})`;
  const missing = image === undefined && problem === undefined ? ': there is no such image' : '';
  return [
    `${placeText(part)}: image ${which}${missing}`,
    ...drift.map(({ name: attribute, stated, live }) => {
      const line = lineOf(one, attribute);
      return `  ~ ${attribute}: ${JSON.stringify(stated)} in the manifest${line === undefined ? '' : `, line ${line}`}; ${live === undefined ? 'nothing' : JSON.stringify(live)} in the cloud`;
    }),
    ...(problem === undefined ? [] : [`  note: ${problem}`]),
    '',
  ];
}

/** Where the manifest states it. */
function lineOf({ part, pointer }: Comparison, name: string): number | undefined {
  const { path, file, index } = part;
  return findLine(textOf(part), { path: file ?? path, index }, pointer + pointerTo(name));
}

function textOf({ file, path }: ManifestPart): string {
  return readFileSync(file ?? path, 'utf8');
}

function toJson(
  found: readonly Comparison[],
  place: { readonly region: string; readonly account: string },
): JsonObject {
  const images = found.map((one) => ({
    file: one.part.path,
    document: one.part.index + 1,
    name: one.name,
    ...(one.image === undefined ? {} : { image: one.image }),
    missing: one.image === undefined && one.problem === undefined,
    differences: one.drift.map(({ name, stated, live }) => ({
      name,
      line: lineOf(one, name) ?? one.part.line,
      manifest: stated,
      ...(live === undefined ? {} : { live }),
    })),
    ...(one.problem === undefined ? {} : { problem: one.problem }),
  }));
  return JSON.parse(JSON.stringify({ ...place, same: !found.some(differs), images }));
}
