import type { Validate } from '../../schemas/generated/validators.js';
import * as validators from '../../schemas/generated/validators.js';
import { kindDefinitions } from '../manifests/kindDefinitions.ts';
import { evaluate, findRule } from '../rules/evaluate.ts';
import type { Facts, Kind } from '../rules/facts.ts';
import { type ShapeError, shapeFindings } from '../rules/families/shape.ts';
import type { Json } from '../rules/json.ts';
import type { DataEdit, Finding } from '../rules/rule.ts';
import { imagesOf } from '../rules/subject.ts';

/**
 * Judges a manifest by rules and schema; of the schema only what the rules did not say at that place already. How other
 * readers take a word is not said of a value that is wrong as it is: its fix says how to write it.
 */
export function judgeData(kind: Kind, data: Json, facts: Facts): Finding[] {
  const findings = evaluate(kind, data, facts).map((finding) => likely(finding, facts));
  const said = new Set<string>();
  for (const { severity, pointer } of findings)
    if (severity === 'error')
      for (let at = pointer.length; at !== -1; at = at === 0 ? -1 : pointer.lastIndexOf('/', at - 1))
        said.add(pointer.slice(0, at));
  // Of another account's image nothing is changed, whatever its shape.
  const foreign = findings.flatMap(({ rule, pointer }) => (rule === 'image/owner' ? [pointer] : []));
  const isForeign = (pointer: string): boolean =>
    foreign.some((base) => pointer === base || pointer.startsWith(`${base}/`));
  const shape = judgeShape(kind, data).filter(({ pointer }) => !said.has(pointer) && !isForeign(pointer));
  const wrong = new Set(
    [...shape, ...findings].flatMap(({ severity, pointer, onKey }) =>
      severity === 'error' && !onKey ? [pointer] : [],
    ),
  );
  return [
    ...shape,
    ...findings.filter(
      ({ rule, pointer, onKey }) => rule !== 'property/word' || onKey || !wrong.has(pointer),
    ),
  ];
}

/** Makes a refusal that rests on what the image has, judged by another manifest of the image, only likely. */
function likely(finding: Finding, { imageFrom }: Facts): Finding {
  if (imageFrom === undefined || !findRule(finding.rule)?.restsOnImage) return finding;
  const { answer: _, ...rest } = finding;
  return {
    ...rest,
    severity: finding.severity === 'error' ? 'warning' : finding.severity,
    message: `By ${imageFrom}: ${finding.message}`,
  };
}

function judgeShape(kind: Kind, data: Json): Finding[] {
  if (kind === 'image') {
    const images = imagesOf(data);
    if (images.length === 0 && !Array.isArray(data)) return shapeFindings(kind, listErrors(kind, data), data);
    return images.flatMap(({ pointer, image }) =>
      shapeFindings(kind, listErrors(kind, image), image).map((finding) => ({
        ...finding,
        pointer: pointer + finding.pointer,
        ...moveFixes(finding, pointer),
      })),
    );
  }
  return shapeFindings(kind, listErrors(kind, data), data);
}

/** The fixes of a finding in one of several images. */
function moveFixes({ fixes }: Finding, base: string): Pick<Finding, 'fixes'> {
  if (!fixes) return {};
  const move = (edit: DataEdit): DataEdit => ({ ...edit, pointer: base + edit.pointer });
  return { fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map(move) })) };
}

const validatorsByName: Readonly<Record<string, Validate>> = validators;

/** The violations of a kind's schema, whose validator is named after it: `image-import` → `imageImport`. */
function listErrors(kind: Kind, data: Json): ShapeError[] {
  const name = kindDefinitions[kind].namePart.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const validate = validatorsByName[name];
  if (!validate) throw new Error(`schemas/${kindDefinitions[kind].namePart}.json is missing.`);
  return validate(data) ? [] : [...(validate.errors ?? [])];
}
