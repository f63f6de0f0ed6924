import { chooseColors, type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { printable } from '../plainText.ts';
import type { Arguments, Options, Verb } from './definition.ts';
import { CommandError } from './errors.ts';
import { explainReading } from './fileErrors.ts';
import { chooseWidth, helpText } from './help.ts';
import { asksHelp, readArguments } from './read.ts';

/** The version of what --json prints: schemas/output. */
const outputVersion = 1;

/** Where a verb's result goes. */
export interface Output {
  /** With --json. */
  readonly isJson: boolean;
  /** With --quiet: neither progress nor advice. */
  readonly isQuiet: boolean;
  /** Keeps what --json prints at the end, beside the fields that all verbs have. Without --json it is not printed. */
  readonly report: (content: object) => void;
  /** Keeps which cloud answered, for --json. */
  readonly answeredBy: (place: object) => void;
}

/** What is said of an error. */
export interface Told {
  readonly code: string;
  /** A sentence. */
  readonly message: string;
  /** More for programs: of a request its method, address and status. */
  readonly details?: object;
}

const outcomes: Readonly<Record<ExitCode, string>> = {
  [exitCodes.done]: 'done',
  [exitCodes.failed]: 'failed',
  [exitCodes.differs]: 'differs',
  [exitCodes.usage]: 'usage',
  [exitCodes.interrupted]: 'interrupted',
};

/**
 * Runs a verb: help, its arguments, its result, and in one line why it could not. Sets the process's exit code. `tell` says
 * what is known of an error besides its message.
 */
export async function runVerb<Given extends Options>(
  verb: Verb<Given>,
  args: readonly string[],
  run: (given: Arguments<Given>, output: Output) => Promise<ExitCode>,
  tell: (error: unknown) => Told = tellError,
): Promise<void> {
  if (asksHelp(args)) {
    process.stdout.write(helpText(verb, chooseWidth(process.stdout)));
    return;
  }
  const isJson = Object.hasOwn(verb.options, 'json') && args.includes('--json');
  let [content, place]: [object | undefined, object | undefined] = [undefined, undefined];
  const print = (exit: ExitCode, more: object = {}): void => {
    const head = { verb: verb.name, version: outputVersion, exit, outcome: outcomes[exit] };
    const all = { ...head, ...(place ? { place } : {}), ...content, ...more };
    process.stdout.write(`${printable(JSON.stringify(all, null, 2))}\n`);
  };
  const output: Output = {
    isJson,
    isQuiet: args.includes('--quiet'),
    report: (found) => {
      content = found;
    },
    answeredBy: (found) => {
      place = found;
    },
  };
  try {
    const exit = await run(readArguments(args, verb), output);
    process.exitCode = exit;
    if (isJson) print(exit);
  } catch (error) {
    const told = tell(error);
    const exit = exitOf(told.code);
    process.exitCode = exit;
    sayError(verb.name, told);
    if (args.includes('--verbose'))
      for (const cause of causesOf(error)) process.stderr.write(`  ${printable(cause)}\n`);
    if (isJson) print(exit, { error: { code: told.code, message: told.message, ...told.details } });
  }
}

/** `cloud-images VERB: MESSAGE (CODE)`; of the command line with where its help is. */
function sayError(verb: string, { code, message }: Told): void {
  const paint = chooseColors(process.stderr, process.env);
  const said =
    code === 'interrupted'
      ? 'Interrupted.'
      : code === 'usage'
        ? `${message.replace(/[^.?]$/, '$&.')} See cloud-images ${verb} --help.`
        : `${message}${code === 'failed' ? '' : ` (${code})`}`;
  process.stderr.write(`${paint('red', `cloud-images ${verb}:`)} ${printable(said)}\n`);
}

function exitOf(code: string): ExitCode {
  if (code === 'usage') return exitCodes.usage;
  return code === 'interrupted' ? exitCodes.interrupted : exitCodes.failed;
}

/** The code and sentence of an error that is not of a cloud. */
export function tellError(error: unknown): Told {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { code: 'usage', message };
  if (error instanceof CommandError) return { code: error.code, message };
  const explained =
    error instanceof Error && 'path' in error && !('spawnargs' in error)
      ? explainReading(error, String(error.path))
      : undefined;
  return explained ?? { code: 'failed', message };
}

function causesOf(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return [];
  return [`cause: ${cause instanceof Error ? cause.message : String(cause)}`, ...causesOf(cause)];
}
