import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { listMentions } from '../../server/language/index/mentions.ts';
import { renameIn } from '../../server/language/index/renameIn.ts';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import { readManifest } from '../../server/manifests/read.ts';
import type { JsonObject } from '../../server/rules/json.ts';

const tag = fc.constantFrom('old', 'a b', "it's", '"q"', '# c', '012', 'ü/x');
const property = fc.constantFrom('old', 'p.q', 'r/s~t', 'yes', 'a: b');
const image = fc.record({
  name: fc.constantFrom('old', 'web'),
  tags: fc.uniqueArray(tag),
  own: fc.dictionary(property, fc.constantFrom('old', 'v'), { noNullPrototype: true }),
});
const fresh = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => !/^(name|tags)$/.test(name));

test('after a rename the old name is nowhere, the new one where it was, and all else the same', () => {
  let renamed = 0;
  fc.assert(
    fc.property(
      fc.array(image, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('tag', 'property', 'image'),
      fresh,
      fc.constantFrom('json', 'yaml', 'flow'),
      (images, what, to, style) => {
        const data: JsonObject[] = images.map(({ name, tags, own }) => ({ name, tags, ...own }));
        const path = style === 'json' ? 'x.image.json' : 'x.image.yaml';
        const text =
          style === 'json'
            ? JSON.stringify(data, null, 2)
            : `# c\n${stringify(data, style === 'flow' ? { collectionStyle: 'flow' } : {})}`;
        const file = readManifest({ text, path });
        const renaming = renameIn(file, { what: what as 'tag', name: 'old' }, to);
        const taken =
          what === 'property' && data.some((one) => Object.hasOwn(one, 'old') && Object.hasOwn(one, to));
        assert.equal('refused' in renaming, taken);
        if ('refused' in renaming) return;
        if (renaming.edits.length > 0) renamed++;
        const after = readManifest({ text: applyEdits(text, renaming.edits), path });
        const expected = data.map((one) => renamedIn(one, what, to));
        assert.deepEqual(after.documents[0]?.data, expected);
        assert.deepEqual(
          listMentions(after).filter(
            (mention) => mention.what === what && mention.name === 'old' && to !== 'old',
          ),
          [],
        );
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(renamed > 100, `only ${renamed} were renamed`);
});

function renamedIn(image: JsonObject, what: string, to: string): JsonObject {
  const entries = Object.entries(image).map(([key, value]): [string, JsonObject[string]] => {
    if (what === 'image' && key === 'name' && value === 'old') return [key, to];
    if (what === 'property' && key === 'old') return [to, value];
    if (what !== 'tag' || key !== 'tags' || !Array.isArray(value)) return [key, value];
    return [
      key,
      value.includes(to)
        ? value.filter((one) => one !== 'old')
        : value.map((one) => (one === 'old' ? to : one)),
    ];
  });
  return Object.fromEntries(entries);
}
