import type { FindingId } from '../../rules/ids.ts';
import type { Answer } from '../../rules/service/answers.ts';
import type { Severity } from '../../rules/severity.ts';
import type { Analysis } from './analysis.ts';
import type { PlacedFinding } from './placedFinding.ts';

/** A finding in the editor's terms, still with offsets. */
export interface Problem {
  readonly start: number;
  readonly end: number;
  readonly severity: Severity;
  readonly rule: FindingId;
  readonly message: string;
}

export function listProblems(analysis: Analysis): Problem[] {
  return analysis.findings.map(toProblem);
}

export function toProblem({ finding, start, end }: PlacedFinding): Problem {
  const { severity, rule } = finding;
  return {
    start,
    end,
    severity,
    rule,
    message: withAnswer(finding),
  };
}

/** Adds to the rule's own sentence what the cloud would say, if that is not in it already. */
function withAnswer({ message, answer }: { readonly message: string; readonly answer?: Answer }): string {
  if (!answer) return message;
  if ('task' in answer)
    return message.includes(answer.task) ? message : `${message}\nThe task fails: ${answer.task}`;
  return message.includes(answer.text)
    ? `${message} (${answer.status})`
    : `${message}\nThe cloud answers ${answer.status}: ${answer.text}`;
}
