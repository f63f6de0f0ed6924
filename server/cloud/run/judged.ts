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

/**
 * Judges what the image service does not look at when it takes a manifest: what keeps servers of the image from booting, and
 * all that the disks of its sources bring.
 */
export function judgeBoot({ kind }: Pick<ManifestPart, 'kind'>, data: Json, facts: Facts): Judged {
  const { sourceDisks, ...others } = facts;
  const findings = judgeData(kind, data, facts);
  const without = new Set(
    (sourceDisks ? judgeData(kind, data, others) : findings).map(({ message }) => message),
  );
  const ofDisk = findings.filter(({ message }) => !without.has(message));
  const boots = findings.filter((finding) => ofDisk.includes(finding) || isAtBoot(finding));
  return { refusals: findRefusals(ofDisk), notes: listNotes(boots) };
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
      (finding) => finding.severity === 'warning' || finding.severity === 'information' || isAtBoot(finding),
    )
    .map(({ message }) => message);
}

/** Tells whether the image service takes it, and boots fail of it. */
function isAtBoot({ severity, rule, answer }: Finding): boolean {
  return severity === 'error' && !answer && findRule(rule)?.atBoot === true;
}
