import type { ManifestDocument } from '../../manifests/file.ts';
import { codeSpan, escapeMarkdown } from '../../plainText.ts';
import type { Facts } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import { diff } from '../../rules/service/differences.ts';
import { notKnown } from '../../rules/service/importedImage.ts';
import { applyOperation, nameOf, type Operation, refuseOperation } from '../../rules/service/patchBody.ts';
import { formOf, operationsOf } from '../../rules/subject.ts';

/** One operation of a patch, run on the image after those before it. */
export interface Step {
  readonly at: number;
  readonly operation: Operation;
  /** Undefined: the image has no such property then. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** The cloud's refusal of the operation. */
  readonly refused?: string;
}

export interface Preview {
  readonly steps: readonly Step[];
  /** The changes of the whole patch, without the operations that are refused. */
  readonly changes: readonly Operation[];
}

/** Runs a patch on its image; undefined where the image is not known. */
export function previewOf({ kind, data }: ManifestDocument, facts: Facts): Preview | undefined {
  const { image } = facts;
  if (kind !== 'patch' || !image) return undefined;
  const result = new Map(image);
  const form = formOf(data);
  const steps = operationsOf(data).map(({ at, operation }): Step => {
    const name = nameOf(operation);
    const before = result.get(name);
    const refused =
      refuseOperation(operation, at, facts) ?? applyOperation(result, operation, at, { ...facts, form });
    return { at, operation, before, after: result.get(name), ...(refused ? { refused: refused.text } : {}) };
  });
  return { steps, changes: diff(image, result) };
}

const maximumChanges = 20;

/** Markdown about one operation: its property before and after, and all that the patch changes. */
export function describeStep(preview: Preview, at: number, facts: Facts): string | undefined {
  const step = preview.steps.find((one) => one.at === at);
  if (!step) return undefined;
  const source = facts.imageFrom === undefined ? '' : ` (by ${escapeMarkdown(facts.imageFrom)})`;
  const own = step.refused
    ? `Refused${source}: ${escapeMarkdown(step.refused)}`
    : `Before → after${source}: ${show(step.before)} → ${show(step.after)}`;
  if (preview.steps.length < 2) return own;
  const lines = preview.changes.slice(0, maximumChanges).map((operation) => {
    const name = nameOf(operation);
    return `- ${codeSpan(name)}: ${show(facts.image?.get(name))} → ${show(operation.value)}`;
  });
  const more = preview.changes.length - lines.length;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return [own, `The whole patch: ${changesIn(preview)}`, [...lines, ...rest].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

export function changesIn({ changes, steps }: Preview): string {
  const refused = steps.filter((step) => step.refused !== undefined).length;
  const count = `${changes.length} change${changes.length === 1 ? '' : 's'}`;
  return refused > 0 ? `refused, for ${refused} of ${steps.length} operations` : count;
}

function show(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (value === notKnown) return 'not known yet';
  const text = JSON.stringify(value);
  return codeSpan(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}
