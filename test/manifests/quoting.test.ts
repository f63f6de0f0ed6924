import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { quoted } from '../../server/manifests/edits/quoting.ts';

test('what cannot be seen is written as an escape that the format reads back', () => {
  for (const text of ['a\u200bb', 'a\u00a0b', '\u{e0001}', 'x\u{e0061}y', '\ud800', 'a\tb', '"'] as const) {
    assert.equal(JSON.parse(quoted(text, 'json')), text, text);
    if (text.isWellFormed()) assert.equal(parse(quoted(text, 'yaml')), text, text);
    assert.doesNotMatch(quoted(text, 'yaml'), /[\u200b\u00a0\u{e0001}\u{e0061}\ud800]/u);
  }
});
