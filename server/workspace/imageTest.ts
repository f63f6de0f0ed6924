import { imageTest as validate } from '../../schemas/generated/validators.js';
import { isImageTest } from '../manifests/kinds.ts';
import { listExplained } from '../rules/explain.ts';
import type { Kind } from '../rules/facts.ts';
import { type ShapeError, shapeFindings } from '../rules/families/shape.ts';
import { isObject, type Json, pointerTo } from '../rules/json.ts';
import type { Finding } from '../rules/rule.ts';
import type { FileSystem } from './files.ts';

/**
 * Judges a test of a manifest by its schema (`schemas/image-test.json`), and whether there are the rules that it names.
 * `isOrphan`: there is no manifest that it could be of.
 */
export function judgeImageTest(data: Json, isOrphan: boolean): Finding[] {
  const errors = validate(data) ? [] : [...(validate.errors ?? [])];
  return [
    ...errors.flatMap((error) => explain(error, data)),
    ...findUnknownRules(data),
    ...(isOrphan ? [findOrphan(data)] : []),
  ];
}

/** The file that a test names as its manifest. */
export function namedManifest(data: Json): string | undefined {
  const manifest = isObject(data) ? data['manifest'] : undefined;
  return typeof manifest === 'string' ? manifest : undefined;
}

/**
 * The manifests that a test may be of: the one that it names, else those of its name beside it. None: nothing is tested.
 * Undefined where nobody may look.
 */
export async function findTested(
  path: string,
  manifest: string | undefined,
  {
    files,
    kindOf,
    mayLook,
  }: {
    readonly files: FileSystem;
    kindOf(path: string): Promise<Kind | undefined>;
    mayLook(path: string, place: string): Promise<boolean>;
  },
): Promise<string[] | undefined> {
  const { basename, dirname, join, resolve } = files.path;
  const folder = dirname(path);
  if (manifest !== undefined) {
    const place = resolve(folder, manifest);
    if (!isText(place) || isImageTest(place)) return [];
    if (!(await mayLook(path, place))) return undefined;
    return (await files.status(place))?.isFile() ? [place] : [];
  }
  const names = (await files.list(folder)).filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (!names.includes(basename(path))) return undefined; // a new document, or a folder that cannot be listed
  const found: string[] = [];
  for (const name of names) {
    const place = join(folder, name);
    const isOfName = isText(name) && !isImageTest(name) && stemOf(name) === stemOf(basename(path));
    if (isOfName && (await kindOf(place)) !== undefined) found.push(place);
  }
  return found;
}

/** What a manifest and its test have in common: `web` of `web.image.yaml` and of `web.image-test.json`. */
export function stemOf(path: string): string {
  return path.replace(/\.[a-z-]+\.(?:ya?ml|jsonc?)$/i, '');
}

function isText(path: string): boolean {
  return /\.(?:ya?ml|jsonc?)$/i.test(path);
}

function findOrphan(data: Json): Finding {
  const manifest = namedManifest(data);
  return {
    rule: 'image-test/manifest',
    severity: 'error',
    ...(manifest === undefined
      ? {
          pointer: '',
          message:
            "There is no manifest of this test's name beside it, so nothing is tested. Name it with 'manifest', or remove the test.",
        }
      : {
          pointer: pointerTo('manifest'),
          message: `There is no manifest '${manifest}' beside this test, so nothing is tested. Correct 'manifest', or remove the test.`,
        }),
  };
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
  const message = keyword === 'type' && pointer === '' ? notAnObject : messages[keyword];
  return found.map((one) => (message === undefined ? one : { ...one, message }));
}

const notAnObject = "A test is an object that states 'expect', 'after' or both, such as `expect: accepted`.";

/** Each stands once in the schema. */
const messages: Readonly<Record<string, string>> = {
  const: "The answer is accepted, or a refusal by its 'status', 'rule' or 'text'.",
  minProperties: "Say at least one of 'status', 'rule' and 'text'.",
  minItems: "An empty list expects nothing. State an answer for each document, or leave 'expect' out.",
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
