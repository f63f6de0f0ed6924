import { createInterface } from 'node:readline/promises';
import { PlanFileError } from '../cloud/run/saved/planFileError.ts';
import type { ConnectionChoice } from '../cloud/run/undo.ts';
import { certificateRemedy, isAboutCertificate } from '../cloud/session/certificates.ts';
import { CloudError, NotOffered } from '../cloud/session/errors.ts';
import { type Color, chooseColors, type ExitCode, UsageError } from '../commandLine.ts';
import { printable } from '../plainText.ts';
import { onInterrupt } from '../system.ts';
import type { Arguments, Options, Verb } from '../verbs/definition.ts';
import { CommandError, type CommandErrorCode } from '../verbs/errors.ts';
import { type Output, runVerb as runPlainVerb, type Told, tellError } from '../verbs/run.ts';
import { type Connected, connectBy, describeConnection, describePlace } from './connection.ts';

/** What a verb that runs is given: the way to stop it, and where its result goes. */
export type VerbRun = Interrupt & Output;

/** Runs a verb that an interrupt ends in order, and says in one line why it could not. Sets the process's exit code. */
export function runVerb<Given extends Options>(
  verb: Verb<Given>,
  args: readonly string[],
  act: (given: Arguments<Given>, run: VerbRun) => Promise<ExitCode>,
): Promise<void> {
  let interrupt: Interrupt | undefined;
  return runPlainVerb(
    verb,
    args,
    (given, output) => {
      interrupt = listenForInterrupt();
      return act(given, { ...output, ...interrupt });
    },
    (error) => (interrupt?.signal.aborted ? { code: 'interrupted', message: 'Interrupted.' } : tell(error)),
  );
}

/** A verb that a signal ends at once. */
export function runBriefVerb<Given extends Options>(
  verb: Verb<Given>,
  args: readonly string[],
  act: (given: Arguments<Given>, output: Output) => Promise<ExitCode>,
): Promise<void> {
  return runPlainVerb(verb, args, act, tell);
}

/** What is said of an error: the rule that refused where an emulator names it, else a code of `commandErrors`. */
export function tell(error: unknown): Told {
  if (error instanceof PlanFileError) return { code: 'plan/unusable', message: error.message };
  if (!(error instanceof CloudError)) {
    const isOfCloud = error instanceof CommandError && error.cause instanceof CloudError;
    return { ...tellError(error), ...(isOfCloud ? { details: tell(error.cause).details ?? {} } : {}) };
  }
  const { status, method, url, rule, requestId } = error;
  // Without an address nothing was asked.
  const request = url === '' ? {} : { method, path: pathOf(url), ...(status === 0 ? {} : { status }) };
  return {
    code: rule ?? codeOf(error),
    message: describe(error),
    details: { ...request, text: error.text, ...(requestId === undefined ? {} : { requestId }) },
  };
}

function codeOf(error: CloudError): CommandErrorCode {
  if (error instanceof NotOffered) return 'cloud/region';
  if (error.status === 0) return isAboutCertificate(error) ? 'cloud/certificate' : 'cloud/unreachable';
  return codesOfStatus[error.status] ?? 'cloud/refused';
}

const codesOfStatus: Readonly<Record<number, CommandErrorCode>> = {
  401: 'cloud/unauthorized',
  403: 'cloud/forbidden',
  404: 'cloud/not-found',
  413: 'cloud/busy',
  429: 'cloud/busy',
  503: 'cloud/busy',
};

/** A cloud's error with its request, or with what to do; anything else by its message. */
export function describe(error: unknown): string {
  if (error instanceof CloudError)
    return error.status === 0
      ? `${error.text}${isAboutCertificate(error) ? `. ${certificateRemedy}` : ''}`
      : `${error.method} ${pathOf(error.url)} → ${error.status} ${error.text}`;
  return error instanceof Error ? error.message : String(error);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** Output for machines has no place for a question. Throws UsageError where one would be asked. */
export function requireAnswers(given: {
  readonly json: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}): void {
  if (given.json && !given.yes && !given.dryRun)
    throw new UsageError('--json cannot ask. Add --yes or --dry-run.');
}

/** Signs in, so that an interrupt ends what only reads. */
export async function connect(
  choice: ConnectionChoice & { readonly verbose?: boolean },
  run: VerbRun,
  env = process.env,
): Promise<Connected> {
  const connected = await connectBy(choice, env, run.signal);
  run.waitsFor(() => connected.cloud.session.underWay());
  run.answeredBy(describePlace(connected));
  if (choice.verbose) warn(describeConnection(connected));
  return connected;
}

const marks: Readonly<Record<string, Color>> = { '+': 'green', '~': 'yellow', '-': 'red' };

/** Says a plan, or what became of one: its changes and refusals in color. */
export function sayPlan(text: string): void {
  const paint = chooseColors(process.stdout, process.env);
  const lines = printable(text)
    .split('\n')
    .map((line) => {
      const [, mark = '', word = ''] = /^ {2}(?:([+~-]) |(\w+):)/.exec(line) ?? [];
      const color = marks[mark] ?? { refused: 'red' as const, note: 'dim' as const }[word];
      if (color) return paint(color, line);
      return /^\S.*: refused: /.test(line) ? paint('red', line) : line;
    });
  process.stdout.write(`${lines.join('\n')}\n`);
}

export function say(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Says something beside the output, which may be read by a program. */
export function warn(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Asks the person at the terminal for a yes. Throws where there is none. */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test(await askText(`${question} [y/N]`, signal));
}

/** Asks the person at the terminal for a text. Throws where there is none. */
export async function askText(question: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError(
      'terminal/missing',
      'There is no terminal to ask on. Add --yes to run without asking.',
    );
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT')); // the terminal leaves it to the reader
  try {
    return (await reader.question(`${question} `, { signal })).trim();
  } catch (error) {
    if (signal.aborted) throw error;
    return ''; // Ctrl+D: no answer
  } finally {
    reader.close();
  }
}

/** Milliseconds after which a stop that still waits says for what. */
const patience = 1500;

/** Ctrl+C, or SIGTERM: what is under way ends in order. Another one ends the process. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Told what a stop would wait for. */
  waitsFor(what: () => readonly string[]): void;
}

function listenForInterrupt(): Interrupt {
  const abort = new AbortController();
  let waits: () => readonly string[] = () => [];
  const stop = (): void => {
    warn('\nStopping… press Ctrl+C again to quit now.');
    abort.abort(new Error('Interrupted.'));
    const remind = (): void => {
      const [first] = waits();
      warn(
        `Still waiting for ${first === undefined ? 'what is under way' : `the answer to ${first}`}; press Ctrl+C again to quit now.`,
      );
    };
    setTimeout(remind, patience).unref();
  };
  onInterrupt(stop);
  return {
    signal: abort.signal,
    waitsFor: (what) => {
      waits = what;
    },
  };
}
