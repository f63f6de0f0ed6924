import { cloudAnswer, findRule } from '../../rules/evaluate.ts';
import type { Facts } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import { refusalsOf } from '../../rules/refusals.ts';
import type { Finding } from '../../rules/rule.ts';
import type { Refusal } from '../../rules/service/changes.ts';
import { judgeData } from '../../workspace/judge.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { PlanRefusal } from './calls.ts';

/** What the rules say of a document before it is run. */
export interface Judged {
  readonly refusals: readonly PlanRefusal[];
  readonly notes: readonly string[];
}

export function judge({ kind }: ManifestPart, data: Json, facts: Facts): Judged {
  const findings = judgeData(kind, data, facts);
  // What refuses a server is known in the cloud's order.
  const isServer = kind === 'server' || kind === 'server-image';
  const [refused] = isServer ? refusalsOf(kind, data, facts) : [];
  const refusals = refused ? [toPlanRefusal(refused.refusal)] : findRefusals(findings);
  return { refusals, notes: listNotes(findings) };
}

function toPlanRefusal({ status, text, rule, pointer }: Refusal): PlanRefusal {
  return { status, text, rule, pointer };
}

function findRefusals(findings: readonly Finding[]): PlanRefusal[] {
  const found = cloudAnswer(findings);
  if (!found?.answer) return [];
  const { rule, pointer, answer } = found;
  return 'task' in answer
    ? [{ status: 0, text: answer.task, rule, pointer }]
    : [{ status: answer.status, text: answer.text, rule, pointer }];
}

function listNotes(findings: readonly Finding[]): string[] {
  return findings
    .filter(
      ({ severity, rule }) =>
        severity === 'warning' ||
        severity === 'information' ||
        (severity === 'error' && findRule(rule)?.atBoot),
    )
    .map(({ message }) => message);
}
