/** The exit codes of all verbs: a table for scripts, which every usage and the README repeat. */
export const exitCodes = {
  /** Done, or nothing differs. */
  done: 0,
  /** Refused by the cloud or the rules, or failed. */
  failed: 1,
  /** What a verb compares differs. */
  differs: 2,
  /** The command line is wrong. */
  usage: 64,
  /** Stopped by Ctrl+C or SIGTERM, after what is under way has ended in order. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Each of them in words, for the manual. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'Done, or the same.',
  failed: 'Refused by the cloud or the rules, or failed.',
  differs: 'Differs, where a verb compares.',
  usage: 'The command line is wrong.',
  interrupted: 'Interrupted; what was under way has ended in order.',
};

export const exitCodesUsage =
  'Ends with 0: done, or the same · 1: refused or failed · 2: differs, where a verb compares (plan, diff, apply\n--dry-run, rehearse --snapshot) · 64: the command line is wrong · 130: interrupted.\n';

/** A sentence for the person who typed the command. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** Throws where a new cloud is to begin with two things. */
export function requireOneBeginning(seed: string | undefined, snapshot: string | undefined): void {
  if (seed !== undefined && snapshot !== undefined) throw new UsageError('Use either --seed or --snapshot.');
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, bold: 1, dim: 2, underline: 4 } as const;

export type Color = keyof typeof codes;

/** Colors a text, or leaves it as it is. */
export type Paint = (color: Color, text: string) => string;

interface Output {
  readonly isTTY?: boolean;
}

/** Colors on a terminal. NO_COLOR and TERM=dumb switch them off, FORCE_COLOR on, also for a pipe. */
export function chooseColors(output: Output, env: NodeJS.ProcessEnv): Paint {
  const { NO_COLOR: no, FORCE_COLOR: forced, TERM: terminal } = env;
  const isForced = forced !== undefined && forced !== '0' && forced !== 'false';
  const isOff = (no !== undefined && no !== '') || (forced !== undefined && !isForced) || terminal === 'dumb';
  const colors = isForced || (output.isTTY === true && !isOff);
  return colors
    ? (color, text) => (text === '' ? text : `\u001b[${codes[color]}m${text}\u001b[0m`)
    : (_, text) => text;
}
