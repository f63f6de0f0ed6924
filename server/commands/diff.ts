import { readFileSync } from 'node:fs';
import { type Comparison, compareImages, differs } from '../cloud/run/compare.ts';
import { placeText } from '../cloud/run/show.ts';
import { type ExitCode, exitCodes, exitCodesUsage, UsageError } from '../commandLine.ts';
import { runAtChanges } from '../lint/watch.ts';
import { findLine } from '../manifests/findLine.ts';
import { type Json, pointerTo } from '../rules/json.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { type Connected, connectionUsage } from './connection.ts';
import { openFolder, readParts } from './parts.ts';
import { connect, describe, readArguments, runVerb, say, sayPlan, warn } from './verb.ts';

const usage = `cloud-images diff PATH…   what live images have otherwise than manifests say, whoever has changed it

Paths are manifests, or folders of them. Only the keys that a manifest states count. It only reads: a role that sees images is
enough. Imports, patches, exports and servers are not compared, nor the bytes of a source.

${connectionUsage}
  --json             for machines
  --watch            again at each change of the files, and every --interval, until Ctrl+C
  --interval N       seconds between two looks at the cloud with --watch; default 60

${exitCodesUsage}
  cloud-images diff manifests --cloud production
  cloud-images diff manifests --cloud production --json
`;

/** `cloud-images diff …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb('diff', usage, args, async (interrupt) => {
    const { values, positionals } = readArguments(args, {
      json: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      interval: { type: 'string', default: '60' },
    });
    if (positionals.length === 0) throw new UsageError('Name the manifests: cloud-images diff PATH….');
    const interval = Number(values.interval);
    if (!(interval >= 1 && interval <= 86_400))
      throw new UsageError(`--interval takes seconds from 1 to 86400, not '${values.interval}'.`);
    const { json } = values;
    const connected = await connect(values, interrupt);
    if (!values.watch) return compare(positionals, connected, json);
    const { signal } = interrupt;
    await runAtChanges(
      positionals,
      signal,
      async () => {
        // What cannot be read now may be mended by the next change.
        await compare(positionals, connected, json).catch((error: unknown) => {
          if (!signal.aborted) warn(`cloud-images diff: ${describe(error)}`);
        });
        if (!signal.aborted) warn('Waiting for a change; Ctrl+C ends.');
      },
      interval * 1000,
    );
    return exitCodes.interrupted;
  });
}

async function compare(paths: readonly string[], connected: Connected, json: boolean): Promise<ExitCode> {
  const { cloud, caller, editor, published } = connected;
  const { parts } = await readParts(paths, openFolder(editor, published));
  if (!parts.some(({ kind }) => kind === 'image'))
    throw new Error('None of these is an image manifest, so there is nothing to compare.');
  const found = await compareImages(parts, cloud, caller);
  const place = { region: cloud.region, account: caller.account };
  if (json) say(JSON.stringify(toJson(found, place), null, 2));
  else sayPlan(toText(found));
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
): Json {
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
