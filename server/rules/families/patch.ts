import { articles } from '../articles.ts';
import { asText, isObject, type Json, valueAt } from '../json.ts';
import { nearest } from '../nearest.ts';
import { type DataEdit, type Fix, type Observation, observe, type Rule } from '../rule.ts';
import type { Refusal } from '../service/changes.ts';
import { formOf, patchedNames, type Subject } from '../subject.ts';
import { explainMissing } from '../valueFixes.ts';

const kinds = ['patch'] as const;
const guide = articles.patchMethod;

export const patchRules: readonly Rule[] = [
  {
    id: 'patch/shape',
    severity: 'error',
    kinds,
    source: guide,
    summary:
      'A patch is an array of operations, each with op (add, remove, replace), path and, but for remove, value.',
    example: {
      kind: 'patch',
      bad: '- { op: move, path: /name, value: web }\n',
      good: '- { op: replace, path: /name, value: web }\n',
    },
    *check(subject) {
      yield* observe(subject, 'patch/shape', ({ refusal }) => ({
        message: refusal.text,
        ...repairShape(subject.manifest, refusal),
      }));
    },
  },
  {
    id: 'patch/pointer',
    severity: 'error',
    kinds,
    source: guide,
    summary:
      'The path of an operation is a JSON Pointer of one token, such as /name; in a name, / is written ~1 and ~ is written ~0.',
    example: {
      kind: 'patch',
      bad: '- { op: add, path: /tags/-, value: web }\n',
      good: '- { op: replace, path: /tags, value: [web] }\n',
    },
    *check(subject) {
      yield* observe(subject, 'patch/pointer', ({ refusal }) => ({
        message: `${refusal.text} A path names one attribute or property, such as /name.`,
        ...slashFix(subject, refusal.text, refusal.pointer),
      }));
    },
  },
  {
    id: 'patch/not-removable',
    severity: 'error',
    kinds: ['patch', 'image'],
    source: 'Images API v2: base attributes cannot be removed (403)',
    summary: 'Only custom properties can be removed; attributes of the image itself are replaced.',
    example: {
      kind: 'patch',
      bad: '- { op: remove, path: /tags }\n',
      good: '- { op: replace, path: /tags, value: [] }\n',
    },
    *check(subject) {
      yield* observe(subject, 'patch/not-removable', ({ refusal, whole }) => ({
        message: `'${refusal.name ?? ''}' is an attribute of every image and cannot be removed. Replace its value instead.`,
        fixes:
          subject.kind === 'image'
            ? []
            : refusal.name === 'tags' && formOf(subject.manifest) === 'v2.1'
              ? [
                  {
                    title: 'Replace the tags with an empty list',
                    edits: [
                      { do: 'set', pointer: `${whole}/op`, value: 'replace' },
                      { do: 'set', pointer: `${whole}/value`, value: [] },
                    ],
                  },
                ]
              : [{ title: 'Remove this operation', edits: [{ do: 'remove', pointer: whole }] }],
      }));
    },
  },
  {
    id: 'patch/missing',
    restsOnImage: true,
    severity: 'error',
    kinds,
    source: 'Images API v2: replace or remove of an absent property answers 409',
    summary: 'A property must be there to be replaced or removed.',
    example: {
      kind: 'patch',
      bad: '- { op: remove, path: /absent }\n',
      good: '- { op: add, path: /absent, value: x }\n',
      image: { name: 'web' },
    },
    *check(subject) {
      yield* observe(subject, 'patch/missing', ({ refusal, whole }) => {
        const at = Number(whole.slice(1));
        const item = Array.isArray(subject.manifest) ? subject.manifest[at] : undefined;
        const replaces = isObject(item) && item['op'] === 'replace';
        const edit: DataEdit = replaces
          ? { do: 'set', pointer: `${whole}/op`, value: 'add' }
          : { do: 'remove', pointer: whole };
        return {
          message: `The image has no property '${refusal.name ?? ''}'. ${replaces ? 'Use add.' : 'Remove this operation.'}`,
          fixes: [{ title: replaces ? "Change 'replace' to 'add'" : 'Remove this operation', edits: [edit] }],
        };
      });
    },
  },
  {
    id: 'patch/present',
    restsOnImage: true,
    severity: 'error',
    kinds,
    source: 'Images API v2, media type v2.0: add of something present answers 409',
    summary: 'In the v2.0 form, add does not overwrite.',
    example: {
      kind: 'patch',
      bad: '- { add: /name, value: web }\n',
      good: '- { replace: /name, value: web }\n',
      image: { name: 'old' },
    },
    *check(subject) {
      yield* observe(subject, 'patch/present', ({ refusal, whole }) => ({
        message: `'${refusal.name ?? ''}' is there already, and add in the v2.0 form does not overwrite. Use replace.`,
        fixes: [
          {
            title: "Change 'add' to 'replace'",
            edits: [{ do: 'rename', pointer: `${whole}/add`, name: 'replace' }],
          },
        ],
      }));
    },
  },
];

const operations = ['add', 'replace', 'remove'];

/** Where the mistake of a malformed operation is, and how to mend it, as far as that is plain. */
function repairShape(patch: Json, { pointer, text }: Refusal): Partial<Observation> {
  if (pointer === '') {
    const one =
      isObject(patch) && (Object.hasOwn(patch, 'op') || operations.some((op) => Object.hasOwn(patch, op)));
    const wrap: Fix = {
      title: 'Make it a list of one operation',
      edits: [{ do: 'wrap', pointer }],
      safe: true,
    };
    return one ? { fixes: [wrap] } : {};
  }
  const value = valueAt(patch, pointer);
  if (pointer.endsWith('/op')) {
    const known = nearest(asText(value), operations);
    // `move` and `copy` are operations elsewhere, and mean something else.
    return known === undefined || /^(?:move|copy|test)$/.test(asText(value))
      ? {}
      : { fixes: [{ title: `Change to '${known}'`, edits: [{ do: 'set', pointer, value: known }] }] };
  }
  const missing = ['op', 'path', 'value'].find(
    (name) => isObject(value) && !Object.hasOwn(value, name) && text.includes(name),
  );
  return missing === undefined ? {} : explainMissing(patch, pointer, missing, text);
}

/** `name` → `/name` where the slash is all that is missing, and no other operation has that path. */
function slashFix(subject: Subject, text: string, pointer: string): { fixes?: Fix[] } {
  const name = /^Pointer `([^`/"][^`/]*)` does not start with/.exec(text)?.[1];
  if (name === undefined || patchedNames(subject).has(name)) return {};
  return {
    fixes: [
      { title: `Change to '/${name}'`, edits: [{ do: 'set', pointer, value: `/${name}` }], safe: true },
    ],
  };
}
