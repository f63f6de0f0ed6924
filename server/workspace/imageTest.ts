import { imageTest as validate } from '../../schemas/generated/validators.js';
import { listExplained } from '../rules/explain.ts';
import { type ShapeError, shapeFindings } from '../rules/families/shape.ts';
import { isObject, type Json, pointerTo } from '../rules/json.ts';
import type { Finding } from '../rules/rule.ts';

/** Judges a test of a manifest by its schema (`schemas/image-test.json`), and whether there are the rules that it names. */
export function judgeImageTest(data: Json): Finding[] {
  const errors = validate(data) ? [] : [...(validate.errors ?? [])];
  return [...errors.flatMap((error) => explain(error, data)), ...findUnknownRules(data)];
}

function explain(error: ShapeError & { readonly schemaPath?: string }, data: Json): Finding[] {
  const { keyword, params, instancePath: pointer } = error;
  // What lies within says what is wrong.
  if (keyword === 'if' || (keyword === 'required' && error.schemaPath?.includes('/anyOf/'))) return [];
  const found = shapeFindings('image-test', [error], data);
  const name = String(params['additionalProperty']);
  if (keyword === 'additionalProperties')
    return found.map((one) => ({
      ...one,
      pointer: pointer + pointerTo(name),
      onKey: true,
      message: `'${name}' is not known here.`,
    }));
  const message = messages[keyword];
  return found.map((one) => (message === undefined ? one : { ...one, message }));
}

/** Each stands once in the schema. */
const messages: Readonly<Record<string, string>> = {
  const: "The answer is accepted, or a refusal by its 'status', 'rule' or 'text'.",
  minProperties: "Say at least one of 'status', 'rule' and 'text'.",
  anyOf: "An image is found by its 'id' or 'name'. State one of them.",
};

function findUnknownRules(data: Json): Finding[] {
  const expect = isObject(data) ? (data['expect'] ?? null) : null;
  const answers = Array.isArray(expect) ? [...expect.entries()] : [[undefined, expect] as const];
  const known = new Set(listExplained());
  return answers.flatMap(([at, answer]): Finding[] => {
    const rule = isObject(answer) ? answer['rule'] : undefined;
    if (typeof rule !== 'string' || known.has(rule)) return [];
    const pointer = at === undefined ? pointerTo('expect', 'rule') : pointerTo('expect', at, 'rule');
    return [{ rule: 'image-test/shape', severity: 'error', pointer, message: `There is no rule '${rule}'.` }];
  });
}
