import { spawn } from 'node:child_process';
import { type Destruction, listDestruction } from '../cloud/run/destructive.ts';
import type { SavedPlan } from '../cloud/run/saved/document.ts';
import { placeText } from '../cloud/run/show.ts';
import type { Step } from '../cloud/run/steps.ts';
import { UsageError } from '../commandLine.ts';
import { system } from '../system.ts';
import { CommandError } from '../verbs/errors.ts';
import { askText, say } from './verb.ts';

/** What a person has allowed on the command line. */
export interface Allowance {
  /** Steps that take something away. */
  readonly allowDelete: boolean;
  /** The commands that are given the plan and may refuse it. */
  readonly policies: readonly string[];
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** The policies of the command line and the environment; a file of the workspace names none, since it would be run. */
export function listPolicies(option: string | undefined, env: NodeJS.ProcessEnv = process.env): string[] {
  if (option === '') throw new UsageError('--policy takes a command.');
  return [env['CLOUD_IMAGES_POLICY'], option].filter((one): one is string => one !== undefined && one !== '');
}

/** Lets steps that take something away pass where that is allowed or the name is typed. Throws with the first that is not. */
export async function requireAllowed(
  steps: readonly Step[],
  { allowDelete, json, signal }: Allowance,
): Promise<void> {
  const found = steps.flatMap(listDestruction);
  if (allowDelete || found.length === 0) return;
  const [first] = found as [Destruction];
  const others = found.length > 1 ? `, and ${found.length - 1} more like it` : '';
  if (json || !process.stdin.isTTY)
    throw new CommandError(
      'plan/destructive',
      `Nothing was changed: ${first.place} ${first.does}${others}. Add --allow-delete if that is meant.`,
    );
  for (const { does, name, place } of found) {
    say(`${place} ${does}.`);
    const typed = await askText('Type its name to allow that:', signal);
    if (typed !== name)
      throw new CommandError('plan/destructive', `Nothing was changed: '${typed}' is not '${name}'.`);
  }
}

/** Throws for a step that takes something away and was not among those that were shown and allowed. */
export function requireShown(step: Step, shown: readonly Step[]): void {
  const isMade = shown.some(({ type, part }) => type === 'later' && part === step.part);
  if (isMade) return; // what the run itself has made
  const known = new Set(shown.flatMap(listDestruction).map(({ does }) => does));
  const other = listDestruction(step).find(({ does }) => !known.has(does));
  if (other)
    throw new CommandError(
      'plan/stale',
      `${placeText(step.part)} ${other.does}, which it did not in the plan. Plan again.`,
    );
}

/** Milliseconds that a policy has. */
const patience = 60_000;
/** Characters of what it says that are read. */
const longest = 4000;

/** Gives each policy the plan. Throws with what the first that refuses says. */
export async function requirePolicies(
  plan: SavedPlan,
  policies: readonly string[],
  { signal, milliseconds = patience }: { readonly signal: AbortSignal; readonly milliseconds?: number },
): Promise<void> {
  const text = JSON.stringify(plan);
  for (const command of policies) {
    const { code, said } = await runPolicy(command, text, signal, milliseconds);
    signal.throwIfAborted();
    if (code === 0) continue;
    const why =
      code === 'late'
        ? `gave no answer within ${milliseconds / 1000} seconds`
        : code === 126 || code === 127
          ? `cannot be run: ${said || 'there is no such command'}`
          : `refuses it: ${said || `it ended with ${code} and said nothing`}`;
    throw new CommandError('plan/policy', `Nothing was changed: the policy '${command}' ${why}`);
  }
}

function runPolicy(
  command: string,
  input: string,
  signal: AbortSignal,
  milliseconds: number,
): Promise<{ readonly code: number | string; readonly said: string }> {
  return new Promise((resolve) => {
    // In a group of its own: what the shell has started ends with it.
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: system.hasGroups,
    });
    let [out, err, isLate] = ['', '', false];
    const end = (): void => system.killGroup(child);
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, milliseconds);
    signal.addEventListener('abort', end, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out = (out + text).slice(0, longest);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(0, longest);
    });
    child.stdin.on('error', () => undefined); // a policy need not read all
    child.stdin.end(input);
    const finish = (code: number | string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      const said = (err.trim() || out.trim()).replace(/\s*\n\s*/g, ' ');
      resolve({ code: isLate ? 'late' : code, said });
    };
    child.once('error', (error) => {
      err = error.message;
      finish(127);
    });
    child.once('close', (code, ended) => finish(code ?? ended ?? 'a signal'));
  });
}
