import { readFileSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import type { Cloud } from '../cloud/cloud.ts';
import { findServerFacts, gatherFlavorFacts } from '../cloud/run/servers/facts.ts';
import { listNamed } from '../cloud/services/images.ts';
import { readVocabulary } from '../cloud/services/vocabulary.ts';
import { CloudError, unlessMissing } from '../cloud/session/errors.ts';
import { chooseColors, type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { colorReport, type Format, render } from '../lint/formats.ts';
import type { LintFinding, LiveCloud, Report } from '../lint/judge.ts';
import { lint, type Options } from '../lint/lint.ts';
import { serveWorker } from '../lint/pool.ts';
import { runAtChanges, waitingText } from '../lint/watch.ts';
import { printable } from '../plainText.ts';
import { profiles } from '../rules/profile/table.ts';
import { uuid } from '../rules/service/attributes.ts';
import { onInterrupt } from '../system.ts';
import type { Values } from '../verbs/definition.ts';
import { CommandError } from '../verbs/errors.ts';
import { lintVerb } from '../verbs/lint.ts';
import { refuseWatching } from '../verbs/read.ts';
import type { Output } from '../verbs/run.ts';
import { connectBy, describeConnection, describePlace } from './connection.ts';
import { describe, runBriefVerb, warn } from './verb.ts';

/** `cloud-images lint …`. Sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  if (!isMainThread) return serveWorker(workerData);
  return runBriefVerb(lintVerb, args, async ({ values, positionals }, output) => {
    const maximum = readMaximum(values['max-warnings']);
    const options = readOptions(values, positionals);
    if (!values.watch) return judge(values, options, maximum, output);
    if (options.stdin) throw new UsageError('--watch needs files: standard input does not change.');
    if (values.json) refuseWatching('--json');
    if (!isByLine(values.format)) refuseWatching(`--format ${values.format}`);
    const interrupt = new AbortController();
    onInterrupt(() => interrupt.abort());
    const { paths } = options;
    await runAtChanges(paths.length === 0 ? ['.'] : paths, interrupt.signal, async () => {
      // What cannot be read now may be mended by the next change.
      await judge(values, options, maximum, output).catch((error: unknown) =>
        warn(`cloud-images lint: ${describe(error)}`),
      );
      warn(waitingText);
    });
    return exitCodes.interrupted;
  });
}

/** Judges the files once, and says what it finds. */
async function judge(
  values: LintValues,
  options: Options,
  maximum: number,
  output: Output,
): Promise<ExitCode> {
  const isAsked = values.cloud !== undefined || values.emulator !== undefined;
  const live = isAsked ? { live: await openLiveCloud(values, output) } : {};
  const reports = await lint({ ...options, ...live });
  const count = (severity: LintFinding['severity']): number =>
    reports.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  output.report({ errors, warnings, reports });
  const isClean = errors === 0 && warnings === 0;
  if (!values.json && !(output.isQuiet && isClean && values.format === 'stylish'))
    printReports(values.format, reports);
  if (reports.length === 0 && !values['allow-empty'])
    throw new CommandError(
      'manifest/missing',
      `There is no manifest in ${options.paths.join(', ') || 'this folder'}. Name the files, or add --allow-empty.`,
    );
  return errors > 0 || warnings > maximum ? exitCodes.failed : exitCodes.done;
}

function readOptions(values: LintValues, positionals: readonly string[]): Options {
  return {
    paths: positionals.filter((path) => path !== '-'),
    ...(positionals.includes('-') ? { stdin: { bytes: readFileSync(0), path: values['stdin-path'] } } : {}),
    fix: values.fix,
    kind: values.kind,
    profile: values.profile,
    release: values.release,
    requireDisks: values['require-disks'],
  };
}

type LintValues = Values<typeof lintVerb.options>;

function readMaximum(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--max-warnings takes a whole number, not '${text}'.`);
}

/** Tells whether a format has a line for each finding, and can go on; else it is one document. */
function isByLine(format: Format): boolean {
  return format === 'stylish' || format === 'github';
}

/** Colors come last: a manifest's own escape sequences are shown, not obeyed. */
function printReports(format: Format, reports: readonly Report[]): void {
  const text = printable(render(format, reports));
  const paint = format === 'stylish' ? chooseColors(process.stdout, process.env) : undefined;
  process.stdout.write(paint ? colorReport(text, paint) : text);
}

/** Signs in at the cloud that the manifests are also judged by. */
async function openLiveCloud(asked: LintValues, { answeredBy }: Output): Promise<LiveCloud> {
  const connected = await connectBy(asked);
  const { cloud, caller, published } = connected;
  answeredBy(describePlace(connected));
  if (asked.verbose) warn(describeConnection(connected));
  const live = askCloud(cloud, { ...published, caller });
  if (!profiles[published.profile].offers.metadefs) return live;
  const name = `${asked.cloud ?? 'emulator'}, ${cloud.region}`;
  return { ...live, vocabulary: await readVocabulary(cloud, name, new Date()) };
}

/** Asks a cloud for what the rules need to know; what was asked before is answered again. */
function askCloud(cloud: Cloud, published: LiveCloud['published']): LiveCloud {
  const answers = new Map<string, Promise<unknown>>();
  const once =
    <Asked extends readonly unknown[], Answer>(what: string, ask: (...asked: Asked) => Promise<Answer>) =>
    (...asked: Asked): Promise<Answer> => {
      const key = JSON.stringify([what, ...asked]);
      const known = answers.get(key) as Promise<Answer> | undefined;
      const answer = known ?? ask(...asked);
      answers.set(key, answer);
      return answer;
    };
  const findImage = once('image', async ({ id, name }: { id?: string; name?: string }) => {
    if (id !== undefined) return uuid.test(id) ? ((await unlessMissing(cloud.images.get(id))) ?? null) : null;
    if (name === undefined) return undefined;
    const found = await listNamed(cloud.images, name, cloud.session.account.id);
    const [only = null, another] = found;
    return another ? { sameName: found.map((image) => String(image.get('id'))) } : only;
  });
  const listObjects = once('container', async (name: string, prefix: string) => {
    try {
      const listed = await unlessMissing(cloud.objects.list(name, prefix));
      return listed ? { objects: listed.map((object) => object.name) } : ('missing' as const);
    } catch (error) {
      if (error instanceof CloudError && error.status === 403) return undefined;
      throw error;
    }
  });
  return {
    published,
    liveImage: (_, image) => findImage(image),
    liveServer: once('server', (server: { id?: string; name?: string }) => findServerFacts(server, cloud)),
    flavor: once('flavor', (reference: string) => gatherFlavorFacts(reference, cloud)),
    container: (_, name, prefix) => listObjects(name, prefix),
  };
}
