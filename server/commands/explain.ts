import { exitCodes, UsageError } from '../commandLine.ts';
import { explainRule, listExplained } from '../rules/explain.ts';
import type { JsonObject } from '../rules/json.ts';
import { nearest } from '../rules/nearest.ts';
import { explainVerb } from '../verbs/completion.ts';
import { commandErrors, type ErrorExplanation } from '../verbs/errors.ts';
import { runBriefVerb, say } from './verb.ts';

const errors: Readonly<Record<string, ErrorExplanation>> = commandErrors;

/** `cloud-images explain CODE`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runBriefVerb(explainVerb, args, async ({ values, positionals: [given, another] }, { report }) => {
    if (given === undefined || another !== undefined)
      throw new UsageError('Name one code: cloud-images explain CODE.');
    // As it is copied from a message: (tag/length), [tag/length].
    const code = given.replace(/^[([]|[)\]]$/g, '');
    const explained = explainRule(code) ?? explainError(code);
    if (!explained) {
      const meant = nearest(code, listCodes());
      throw new UsageError(
        `There is no code '${code}'.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
      );
    }
    const { rule: _, ...rest } = explained;
    report({ code, ...rest });
    if (!values.json) say(explanationText(code, explained));
    return exitCodes.done;
  });
}

/** All codes that can be explained. */
export function listCodes(): string[] {
  return [...listExplained(), ...Object.keys(errors)];
}

function explainError(code: string): JsonObject | undefined {
  const error = Object.hasOwn(errors, code) ? errors[code] : undefined;
  return error && { summary: error.summary, remedy: error.remedy };
}

function explanationText(code: string, explained: JsonObject): string {
  const { summary, remedy, severity, status, kinds, profile, source, marked, not_marked } = explained;
  const facts = [
    ...(severity === undefined ? [] : [String(severity)]),
    ...(status === undefined ? [] : [`HTTP ${String(status)}`]),
    ...(Array.isArray(kinds) ? [kinds.join(', ')] : []),
    ...(profile === undefined ? [] : [`profile ${String(profile)}`]),
  ];
  const paragraphs = [
    facts.length > 0 ? `${code} (${facts.join(' · ')})` : code,
    [summary, ...(remedy === undefined ? [] : [remedy])].join('\n'),
    ...(source === undefined ? [] : [`Source: ${String(source)}.`]),
    ...(marked === undefined ? [] : [`Marked:\n\n${indent(String(marked))}`]),
    ...(not_marked === undefined ? [] : [`Not marked:\n\n${indent(String(not_marked))}`]),
  ];
  return paragraphs.join('\n\n');
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
