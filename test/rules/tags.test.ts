import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudAnswer, evaluate } from '../../server/rules/evaluate.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { isAdvised, isUrlSafe, refuseTag, truncate, urlSafe } from '../../server/rules/service/tagNames.ts';

const profile = profiles.rackspace;

/** DECISIONS 10's own table. */
const rewrites: [string, string | undefined][] = [
  ['web frontend', 'web_frontend'],
  ['Café', 'Cafe'],
  ['prod/eu-1', 'prod_eu-1'],
  ['  x  ', 'x'],
  ['release #7', 'release_7'],
  ['naïve façade', 'naive_facade'],
  ['生产', undefined],
  ['🚀', undefined],
  ['Straße', 'Stra_e'],
  ['a\tb', 'a_b'],
];

for (const [tag, expected] of rewrites) {
  test(`the URL-safe rewrite of ${JSON.stringify(tag)} is ${expected ?? 'not offered'}`, () => {
    assert.equal(urlSafe(tag), expected);
    const [finding] = evaluate('image', { tags: [tag] }, { profile }).filter(
      ({ rule }) => rule === 'tag/url-safe',
    );
    assert.equal(finding?.severity, 'warning');
    assert.deepEqual(
      finding?.fixes?.[0]?.edits,
      expected && [{ do: 'set', pointer: '/tags/0', value: expected }],
    );
  });
}

for (const tag of ['v1.2', 'web-front', 'a~b']) {
  test(`${tag} gets a hint and nothing else`, () => {
    assert.ok(isUrlSafe(tag) && !isAdvised(tag));
    assert.deepEqual(
      evaluate('image', { tags: [tag] }, { profile }).map(({ rule, severity }) => [rule, severity]),
      [['tag/characters', 'hint']],
    );
  });
}

test('length counts code points, not UTF-16 units', () => {
  assert.equal(refuseTag('🚀'.repeat(255), profile), undefined);
  assert.equal(refuseTag('🚀'.repeat(256), profile)?.rule, 'tag/length');
  assert.equal(truncate('🚀'.repeat(256), 255), '🚀'.repeat(255));
});

test('shortening a tag is never part of fix all', () => {
  const [finding] = evaluate('image', { tags: ['t'.repeat(256)] }, { profile });
  assert.equal(finding?.rule, 'tag/length');
  assert.equal(finding?.fixes?.[0]?.safe, undefined);
});

test('a rewrite that meets another tag, or what it would become, drops the duplicate, says so and asks', () => {
  const fixesOf = (...tags: string[]) =>
    evaluate('image', { tags }, { profile }).flatMap(({ rule, fixes = [] }) =>
      rule === 'tag/url-safe' ? fixes : [],
    );
  const title = "Rewrite to 'a_b' and drop the duplicate";
  assert.deepEqual(fixesOf('web', 'a_b', 'a b'), [{ title, edits: [{ do: 'remove', pointer: '/tags/2' }] }]);
  assert.deepEqual(fixesOf('a b', 'a/b', 'web', 'a b'), [
    {
      title,
      edits: [
        { do: 'set', pointer: '/tags/0', value: 'a_b' },
        { do: 'remove', pointer: '/tags/1' },
        { do: 'remove', pointer: '/tags/3' },
      ],
    },
    {
      title,
      edits: [
        { do: 'set', pointer: '/tags/1', value: 'a_b' },
        { do: 'remove', pointer: '/tags/0' },
        { do: 'remove', pointer: '/tags/3' },
      ],
    },
    {
      title,
      edits: [
        { do: 'set', pointer: '/tags/3', value: 'a_b' },
        { do: 'remove', pointer: '/tags/0' },
        { do: 'remove', pointer: '/tags/1' },
      ],
    },
  ]);
});

test('a rewrite or a shortening never makes what is refused, or a tag that is there', () => {
  const long = 'ﬃ'.repeat(200);
  assert.deepEqual(
    evaluate('image', { tags: [long] }, { profile }).flatMap(({ fixes = [] }) => fixes),
    [],
  );
  const tags = ['t'.repeat(255), 't'.repeat(256)];
  const [finding] = evaluate('image', { tags }, { profile });
  assert.equal(finding?.fixes?.[0]?.title, 'Shorten to 255 characters and drop the duplicate');
  assert.deepEqual(finding?.fixes?.[0]?.edits, [{ do: 'remove', pointer: '/tags/1' }]);
});

test('129 different tags are refused with 413, 129 with one duplicate are not', () => {
  const tags = Array.from({ length: 129 }, (_, at) => `t${at}`);
  assert.deepEqual(cloudAnswer(evaluate('image', { tags }, { profile }))?.answer, {
    status: 413,
    text: 'The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128',
  });
  assert.equal(cloudAnswer(evaluate('image', { tags: [...tags.slice(1), 't5'] }, { profile })), undefined);
});

test('in a patch each operation counts the tags that it sends, those that stand twice too', () => {
  const tags = Array.from({ length: 129 }, (_, at) => `t${at}`);
  const replace = (value: string[]) => ({ op: 'replace', path: '/tags', value });
  const count = (patch: { op: string; path: string; value: string[] }[]) =>
    evaluate('patch', patch, { profile }).filter(({ rule }) => rule === 'tag/count').length;
  assert.equal(count([replace(tags), replace([])]), 1);
  assert.equal(count([replace([...tags.slice(1), 't5'])]), 1);
  assert.equal(count([replace(tags.slice(1)), replace(tags.slice(1))]), 0);
  assert.equal(count([replace([]), replace(tags)]), 1);
});

test('of a new image each tag of its manifest is sent once', () => {
  const tags = Array.from({ length: 128 }, (_, at) => `t${at}`);
  const facts = { profile: profiles.openstack, image: null, caller: { account: '1', roles: ['member'] } };
  const counts = (sent: string[]) =>
    evaluate('image', { name: 'web', tags: sent }, facts).filter(({ rule }) => rule === 'tag/count').length;
  assert.deepEqual([counts([...tags, 't5']), counts([...tags, 'one more'])], [0, 1]);
});

test('who may only tag reaches no tag with a slash, which has no address', () => {
  const facts = {
    profile: profiles.rackspace,
    image: new Map<string, Json>([['tags', []]]),
    caller: { account: '1', roles: ['observer'] },
  };
  const refused = (tag: string) =>
    evaluate('image', { tags: [tag] }, facts).filter(({ rule }) => rule === 'role/images').length;
  assert.deepEqual([refused('a_b'), refused('a/b'), refused('.'), refused('..')], [0, 1, 1, 1]);
});
