import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listKindChoices, type Way } from '../../client/manifests/kindChoices.ts';
import { kindByName } from '../../server/manifests/kinds.ts';
import type { Kind } from '../../server/rules/facts.ts';
import { kindByGlobs, readGlobs } from '../../server/workspace/globs.ts';

const cases: [path: string, kind: Kind, ways: string[]][] = [
  ['web.yaml', 'patch', ['web.image-patch.yaml', './web.yaml', './*.yaml']],
  ['deploy/web.json', 'image', ['web.image.json', 'deploy/web.json', 'deploy/*.json']],
  ['deploy/web.image.yaml', 'patch', ['web.image-patch.yaml']],
  ['deploy/web.image.yaml', 'image', []],
  ['a{b}/c*.yml', 'server', ['c*.server.yml', 'a?b?/c?.yml', 'a?b?/*.yml']],
];
for (const [path, kind, ways] of cases) {
  test(`${path} as ${kind}: ${ways.join(', ')}`, () => {
    const found = listKindChoices(path, kind);
    const text = (way: Way): string => (way.by === 'name' ? way.name : way.glob);
    assert.deepEqual(found.map(text), ways);
    // Each says what it is meant to say, of this file, to those who read it.
    for (const way of found) {
      const globs = readGlobs({ [text(way)]: kind }, '/work', 'x');
      const said = way.by === 'name' ? kindByName(way.name) : kindByGlobs(`/work/${path}`, globs)?.kind;
      assert.equal(said, kind);
    }
  });
}

test('a pattern for a file of the settings folder does not mean the same name elsewhere', () => {
  const globs = readGlobs({ './web.yaml': 'patch' }, '/work', 'x');
  assert.equal(kindByGlobs('/work/web.yaml', globs)?.kind, 'patch');
  assert.equal(kindByGlobs('/work/deep/web.yaml', globs), undefined);
  assert.equal(kindByGlobs('/elsewhere/web.yaml', globs), undefined);
});
