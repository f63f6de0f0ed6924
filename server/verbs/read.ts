import { parseArgs } from 'node:util';
import { UsageError } from '../commandLine.ts';
import { nearest } from '../rules/nearest.ts';
import type { Arguments, Options, Values, Verb } from './definition.ts';

/** Reads the arguments of a verb. Throws UsageError with the option that is wrong, and the one that was meant. */
export function readArguments<Given extends Options>(
  args: readonly string[],
  { name, options, positionals: takes }: Verb<Given>,
): Arguments<Given> {
  const given = joinValues(args, options);
  requireKnown(given, options);
  const { values, positionals } = parse(given, options);
  for (const [option, { type, choices, default: without }] of Object.entries<Options[string]>(options)) {
    if (type === 'boolean') values[option] ??= false;
    else if (without !== undefined) values[option] ??= without;
    else if (options[option]?.multiple) values[option] ??= [];
    if (choices)
      for (const value of [values[option] ?? []].flat()) requireChoice(`--${option}`, value, choices);
  }
  const [first] = positionals;
  if (first !== undefined && takes.length === 0)
    throw new UsageError(`cloud-images ${name} takes no '${first}', only options.`);
  return { values: values as Values<Given>, positionals };
}

/** Throws with all that an option takes, and what is meant: the nearest, unless it is known. */
export function requireChoice(
  option: string,
  value: unknown,
  choices: readonly string[],
  meant = nearest(String(value), choices),
): void {
  if (choices.some((choice) => choice === value)) return;
  const all = choices.length === 2 ? choices.join(' or ') : `one of ${choices.join(', ')}`;
  throw new UsageError(
    `${option} takes ${all}, not '${String(value)}'.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
  );
}

/** Reads an option that is a number. Throws with what it takes. */
export function readNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a number from ${least} to ${most}, not '${text}'.`);
}

/** Throws where what prints one document, `--json` or `--format sarif`, is to print the results of --watch. */
export function refuseWatching(option: string): never {
  throw new UsageError(`${option} is one result, and --watch has many. Leave one of them out.`);
}

/** Tells whether help is asked for; what stands behind `--` is another program's. */
export function asksHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

function parse(args: readonly string[], options: Options) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: config });
    return { values: values as Record<string, unknown>, positionals };
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      throw new UsageError(explainArguments(error.message), { cause: error });
    throw error;
  }
}

/** Node says in three lines that what stands behind an option looks like another one. */
function explainArguments(message: string): string {
  const [, name] = /--([\w-]+)\S* argument is ambiguous/.exec(message) ?? [];
  return name === undefined
    ? message
    : `--${name} has no value. One that begins with a dash is written behind a sign: --${name}=-…`;
}

/** Throws with the option that was meant. */
function requireKnown(args: readonly string[], options: Options): void {
  const shorts = new Set(Object.values(options).map(({ short }) => short));
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName } = token;
    if (rawName.startsWith('--') ? Object.hasOwn(options, name) : shorts.has(name)) continue;
    const meant = nearest(name, Object.keys(options));
    throw new UsageError(
      `Unknown option '${rawName}'.${meant === undefined ? '' : ` Did you mean --${meant}?`}`,
    );
  }
}

/** Options whose value may be left out get an empty one, which `parseArgs` wants to see; so it does negative numbers. */
function joinValues(args: readonly string[], options: Options): string[] {
  const written: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [arg = '', next] = [args[at], args[at + 1]];
    if (arg === '--') return [...written, ...args.slice(at)];
    const { type, takesNext } = (arg.startsWith('--') ? options[arg.slice(2)] : undefined) ?? {};
    const isNegative = type === 'string' && /^-[\d.]/.test(next ?? '');
    if (!takesNext && !isNegative) written.push(arg);
    else if (next !== undefined && (isNegative || takesNext?.(next))) {
      written.push(`${arg}=${next}`);
      at++;
    } else written.push(`${arg}=`);
  }
  return written;
}
