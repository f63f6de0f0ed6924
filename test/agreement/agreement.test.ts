import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../server/rules/types.ts';
import { type DiskKind, diskKinds, disks } from '../tools/disks.ts';
import { agree, disagreement } from './agree.ts';
import { type Judges, startJudges, type Verdicts } from './judges.ts';

/** A short share; `npm run test:agreement -- CASES` for more. A fixed seed, so that a failure is one of the change. */
test('editor and emulator agree on generated requests', async () => {
  assert.ok(await agree(300, 20261121));
});

/** A row of test/fixtures/decisions, written by hand from the articles. */
interface Decision {
  readonly says: string;
  readonly disk?: DiskKind | 'none';
  readonly import?: JsonObject;
  readonly patch?: Json;
  readonly tag?: string | { readonly repeat: string; readonly times: number };
  readonly tags?: number;
  /** `accepted`, an HTTP status, or how the task's message begins. */
  readonly cloud: 'accepted' | number | string;
}

const path = join(import.meta.dirname, '..', 'fixtures', 'decisions', 'decisions.yaml');
const decisions = parse(readFileSync(path, 'utf8')) as Decision[];

describe('decided by hand', () => {
  let judges: Judges;
  before(async () => {
    judges = await startJudges();
  });
  after(() => judges.close());

  for (const decision of decisions) {
    const { says, cloud, ...request } = decision;
    test(`${says}: ${JSON.stringify(request).slice(0, 90)} → ${cloud}`, async () => {
      const verdicts = await verdictsOn(judges, decision);
      // A disk that is nowhere on this machine may still be in the cloud: the editor says that it did not check.
      assert.equal(verdicts.editor.unchecked, decision.disk === 'none');
      if (!verdicts.editor.unchecked)
        assert.equal(verdicts.editor.accepted, cloud === 'accepted', verdicts.editor.texts.join('\n'));
      assert.equal(verdicts.emulator.accepted, cloud === 'accepted', verdicts.emulator.texts.join('\n'));
      assert.equal(disagreement(verdicts), undefined);
      if (typeof cloud === 'number') assert.equal(verdicts.emulator.status, cloud);
      else if (cloud !== 'accepted')
        assert.ok(verdicts.emulator.texts[0]?.startsWith(cloud), verdicts.emulator.texts[0]);
    });
  }

  for (const kind of diskKinds) {
    const cloud: string = disks[kind].import;
    test(`the disk ${kind} → ${cloud}`, async () => {
      const verdicts = await judges.import(kind, { name: 'web' });
      assert.equal(verdicts.emulator.texts[0]?.slice(0, cloud.length) ?? 'accepted', cloud);
      assert.equal(disagreement(verdicts), undefined);
    });
  }
});

function verdictsOn(
  judges: Judges,
  { disk, import: properties, patch, tag, tags }: Decision,
): Promise<Verdicts> {
  if (disk !== undefined) return judges.import(disk, properties);
  if (patch !== undefined) return judges.patch(patch);
  const list =
    tags === undefined
      ? [typeof tag === 'object' ? tag.repeat.repeat(tag.times) : (tag ?? '')]
      : Array.from({ length: tags }, (_, at) => `t${at}`);
  return judges.patch([{ op: 'replace', path: '/tags', value: list }]);
}
