import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describeRehearsed, summarizeDocument } from '../../client/rehearsals/outcome.ts';
import { rehearse } from '../../client/rehearsals/rehearsalRun.ts';
import type { Rehearsed } from '../../server/commands/rehearsal.ts';

/** Documents of a rehearsal as results of tests. */
const accepted: Rehearsed = {
  file: 'web.image.yaml',
  document: 1,
  of: 1,
  line: 2,
  kind: 'image',
  outcome: 'accepted',
  calls: [{ method: 'PATCH', path: '/v2/images/1', status: 200 }],
  notes: [],
  rules: [],
};
const text = "Attribute 'com.rackspace__1__options' is reserved.";
const refused: Rehearsed = {
  ...accepted,
  outcome: 'refused',
  calls: [{ method: 'PATCH', path: '/v2/images/1', status: 403, text, rule: 'property/protected' }],
  refused: { status: 403, text, rule: 'property/protected' },
  lint: 'web.image.yaml:7:3 property/protected',
};

test('a document passes when all that it says is accepted', () => {
  assert.deepEqual(summarizeDocument([accepted, accepted]), { type: 'passed' });
});

test('a list of images fails with each refusal, at the place that lint marks', () => {
  assert.deepEqual(summarizeDocument([accepted, refused, { ...refused, lint: null }]), {
    type: 'failed',
    answered: `403 ${text} (property/protected)\n403 ${text} (property/protected)`,
    wanted: 'accepted\naccepted',
    place: { line: 7, column: 3 },
  });
});

test('a refusal that lint does not know has no place of its own', () => {
  const outcome = summarizeDocument([{ ...refused, lint: null }]);
  assert.ok(outcome.type === 'failed' && outcome.place === undefined);
});

test('what was not rehearsed is skipped with the reason, unless something of it was refused', () => {
  const unrun: Rehearsed = {
    ...accepted,
    outcome: 'not rehearsed',
    why: 'its image does not exist yet',
    calls: [],
  };
  assert.deepEqual(summarizeDocument([unrun]), { type: 'skipped', reason: 'its image does not exist yet' });
  assert.equal(summarizeDocument([unrun, refused]).type, 'failed');
});

test('a document that has a test is held to that alone', () => {
  const met = { file: 'web.image-test.yaml', met: true, wanted: 'refused: 403', failures: [] };
  assert.deepEqual(summarizeDocument([{ ...refused, expected: met }]), { type: 'passed' });
  const failures = ['expected refused: 403; it was accepted'];
  assert.deepEqual(summarizeDocument([{ ...accepted, expected: { ...met, met: false, failures } }]), {
    type: 'failed',
    answered: 'expected refused: 403; it was accepted',
    wanted: 'refused: 403',
  });
  const outcome = summarizeDocument([{ ...refused, expected: { ...met, met: false, failures } }]);
  assert.deepEqual(outcome.type === 'failed' && outcome.place, { line: 7, column: 3 }, 'of the cause');
});

test('the output says each request once, and the words of a task that failed', () => {
  assert.deepEqual(describeRehearsed(refused), [`  PATCH /v2/images/1 → 403 ${text} (property/protected)`]);
  assert.deepEqual(
    describeRehearsed({ ...accepted, outcome: 'refused', refused: { status: 0, text: 'Too large.' } }),
    ['  PATCH /v2/images/1 → 200', '  the task fails: Too large.'],
  );
});

test('a rehearsal that breaks off says why, also where some documents had ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const cli = join(folder, 'cli.mjs');
  const run = async (document: Rehearsed, code: number): Promise<string[]> => {
    const line = JSON.stringify(JSON.stringify(document));
    writeFileSync(
      cli,
      `console.log(${line}); console.error('The disk is full.'); process.exitCode = ${code};`,
    );
    const outcomes: string[] = [];
    const signal = new AbortController().signal;
    for await (const { outcome } of rehearse({ cli, folder, files: [], signal })) outcomes.push(outcome);
    return outcomes;
  };
  assert.deepEqual(await run(accepted, 0), ['accepted']);
  assert.deepEqual(await run(refused, 1), ['refused']);
  await assert.rejects(run(accepted, 1), /The disk is full\./);
  await assert.rejects(run(refused, 134), /The disk is full\./);
});
