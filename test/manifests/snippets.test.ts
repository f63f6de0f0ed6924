import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { snippets, writeSnippet } from '../../server/manifests/snippets.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { judgeData } from '../../server/workspace/judge.ts';

for (const snippet of snippets)
  test(`the beginning of a manifest has the shape of its kind: ${snippet.kind}`, () => {
    for (const format of ['yaml', 'json'] as const) {
      const text = writeSnippet(snippet, format, false);
      const data = format === 'json' ? JSON.parse(text) : parse(text);
      const caller = { account: '100001', roles: ['identity:user-admin'] };
      const findings = judgeData(snippet.kind, data, { profile: profiles.rackspace, caller });
      // What is to be filled in is found wanting; the form is not.
      assert.deepEqual(
        findings.filter(({ rule }) => rule.endsWith('/shape')).map(({ message }) => message),
        [],
      );
      assert.match(writeSnippet(snippet, format, true), /\$/);
    }
  });
