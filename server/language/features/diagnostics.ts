import type { FindingId } from '../../rules/ids.ts';
import type { Severity } from '../../rules/rule.ts';
import type { Answer } from '../../rules/service/answers.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { PlacedFinding } from '../analysis/placedFinding.ts';

/** A finding in the editor's terms, still with offsets. */
export interface Problem {
  readonly start: number;
  readonly end: number;
  readonly severity: Severity;
  readonly rule: FindingId;
  readonly message: string;
}

export function problemsOf(analysis: Analysis): Problem[] {
  return analysis.findings.map(problemOf);
}

export function problemOf({ finding, start, end }: PlacedFinding): Problem {
  const { severity, rule } = finding;
  return {
    start,
    end,
    severity,
    rule,
    message: messageOf(finding),
  };
}

/** The rule's own sentence, and what the cloud would say if that is not in it already. */
export function messageOf({
  message,
  answer,
}: {
  readonly message: string;
  readonly answer?: Answer;
}): string {
  if (!answer) return message;
  if ('task' in answer)
    return message.includes(answer.task) ? message : `${message}\nThe task fails: ${answer.task}`;
  return message.includes(answer.text)
    ? `${message} (${answer.status})`
    : `${message}\nThe cloud answers ${answer.status}: ${answer.text}`;
}
