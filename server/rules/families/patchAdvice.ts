import { articles } from '../articles.ts';
import { isObject, pointerTo, valueAt } from '../json.ts';
import { type DataEdit, type Fix, type Observation, observe, type Rule } from '../rule.ts';
import { sameValue } from '../service/differences.ts';
import { formOf } from '../subject.ts';

const kinds = ['patch'] as const;
const guide = articles.patchMethod;

/** What a patch may ask for without being refused, and hardly means. */
export const patchAdvice: readonly Rule[] = [
  {
    id: 'patch/form',
    severity: 'warning',
    kinds,
    source: `${guide}: application/openstack-images-v2.0-json-patch is deprecated`,
    summary: 'The v2.0 form of a patch, {"add": "/name", …}, is deprecated; in it, add does not overwrite.',
    example: {
      kind: 'patch',
      bad: '- { replace: /name, value: web }\n',
      good: '- { op: replace, path: /name, value: web }\n',
    },
    *check({ manifest, operations }) {
      if (formOf(manifest) !== 'v2.0' || !Array.isArray(manifest)) return;
      const written = operations();
      const whole = written.length === manifest.length;
      const fix = {
        title: 'Write the patch in the v2.1 form',
        edits: written.flatMap(({ at, operation: { op } }): DataEdit[] => [
          { do: 'rename', pointer: `/${at}/${op}`, name: 'path' },
          { do: 'set', pointer: `/${at}/op`, value: op },
        ]),
      };
      yield {
        pointer: '/0',
        message: 'This patch is in the deprecated v2.0 form. Write op, path and value.',
        ...(whole ? { fixes: [fix] } : {}),
      };
    },
  },
  {
    id: 'patch/shadowed',
    severity: 'warning',
    kinds,
    source: `${guide}: operations are applied in order`,
    summary: 'An operation whose result a later one of the same patch overwrites does nothing.',
    example: {
      kind: 'patch',
      bad: '- { op: add, path: /team, value: blue }\n- { op: add, path: /team, value: red }\n',
      good: '- { op: add, path: /team, value: blue }\n- { op: add, path: /squad, value: red }\n',
    },
    *check({ operations }) {
      // From the end, so that each meets the next one of its name.
      const next = new Map<string, number>();
      const found: Observation[] = [];
      for (const { at, name, operation } of [...operations()].reverse()) {
        const later = next.get(name);
        next.set(name, at);
        if (later === undefined || operation.op === 'remove') continue;
        const message = `Operation ${later + 1} overwrites what this one does to '${name}'. Remove one of them.`;
        found.push({ pointer: `/${at}`, message, fixes: [removal(at)] });
      }
      yield* found.reverse();
    },
  },
  {
    id: 'patch/no-op',
    restsOnImage: true,
    severity: 'information',
    kinds,
    source: guide,
    summary: 'An operation that sets what the live image has already changes nothing.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /name, value: web }\n',
      good: '- { op: replace, path: /name, value: new }\n',
      image: { name: 'web' },
    },
    *check({ operations, facts: { image } }) {
      if (!image) return;
      const seen = new Set<string>();
      for (const { at, name, operation } of operations()) {
        const first = !seen.has(name);
        seen.add(name);
        if (!first || operation.op === 'remove' || !image.has(name)) continue;
        if (!sameValue(name, image.get(name) ?? null, operation.value ?? null)) continue;
        yield { pointer: `/${at}`, message: `The image has this '${name}' already.`, fixes: [removal(at)] };
      }
    },
  },
];

function removal(at: number): Fix {
  return { title: 'Remove this operation', edits: [{ do: 'remove', pointer: `/${at}` }] };
}

/** `properties:` as the openstack client prints it, in an image manifest. */
export const nestedProperties: Rule = {
  id: 'image/nested-properties',
  marks: 'key',
  severity: 'error',
  kinds: ['image', 'patch'],
  source: 'Images API v2, image schema: properties are keys of the image itself',
  summary:
    'The openstack client prints properties in one field; in the API they are keys of the image itself.',
  example: {
    kind: 'image',
    bad: 'name: web\nproperties: { vm_mode: hvm }\n',
    good: 'name: web\nvm_mode: hvm\n',
  },
  *check(subject) {
    yield* observe(subject, 'image/nested-properties', ({ refusal: { pointer } }) => {
      const nested = valueAt(subject.manifest, pointer);
      const base = pointer.slice(0, pointer.lastIndexOf('/'));
      const image = valueAt(subject.manifest, base);
      const names = isObject(nested) ? Object.keys(nested) : [];
      const free = isObject(image) && names.every((name) => !Object.hasOwn(image, name));
      const [first = '', ...more] = names;
      const held = (name: string) => valueAt(nested, pointerTo(name));
      const edits: DataEdit[] = [
        { do: 'rename', pointer, name: first },
        { do: 'set', pointer, value: held(first) },
        ...more.map((name) => ({ do: 'set', pointer: base + pointerTo(name), value: held(name) }) as const),
      ];
      return {
        message: 'Properties are keys of the image itself. Move them up one level.',
        fixes:
          free && names.length > 0 && subject.kind === 'image'
            ? [{ title: 'Move them up one level', edits }]
            : [],
      };
    });
  },
};
