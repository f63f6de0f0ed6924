import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type DiskKind, diskKinds, disks } from '../tools/disks.ts';
import { disagreement } from './agree.ts';
import { type Judges, startJudges, type Verdicts } from './judges.ts';
import type { Whose } from './lives.ts';

/** A row of test/fixtures/decisions, written by hand from the articles. */
interface Decision {
  readonly says: string;
  readonly disk?: DiskKind | 'none';
  readonly import?: JsonObject;
  readonly patch?: Json;
  readonly tag?: string | { readonly repeat: string; readonly times: number };
  readonly tags?: number;
  /** Of an image manifest. */
  readonly members?: readonly Json[];
  /** The container that the image is exported into; `again`: it holds an export of the image already. */
  readonly export?: string;
  readonly again?: boolean;
  /** Whose image is shared or exported. */
  readonly of?: Whose;
  /** A manifest that the emulator cannot be asked about yet: the editor alone is judged, under this live image. */
  readonly judged?: 'editor';
  readonly kind?: Kind;
  readonly body?: Json;
  readonly image?: JsonObject | null;
  /** `accepted`, an HTTP status, or how the task's message begins. */
  readonly cloud: 'accepted' | number | string;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'decisions');
const decisions = readdirSync(folder).flatMap(
  (file) => parse(readFileSync(join(folder, file), 'utf8')) as Decision[],
);
const alone = decisions.filter(({ judged }) => judged === 'editor');

describe('decided by hand', () => {
  let judges: Judges;
  before(async () => {
    judges = await startJudges();
  });
  after(() => judges.close());

  test(`${alone.length} of ${decisions.length} decisions are judged by the editor alone`, () => {
    for (const { kind, says } of alone)
      assert.ok(kind === 'server' || kind === 'server-image' || kind === 'export', says);
  });

  for (const decision of alone) {
    const { says, cloud, kind = 'image', body = null, image } = decision;
    test(`${says}: ${JSON.stringify(body).slice(0, 90)} → ${cloud} (editor)`, async () => {
      const { accepted, texts } = await judges.editorOnly(kind, body, image);
      assert.equal(accepted, cloud === 'accepted', texts.join('\n'));
      const words = typeof cloud === 'number' ? new RegExp(`\\(${cloud}\\)|answers ${cloud}:`) : cloud;
      if (cloud !== 'accepted')
        assert.ok(
          texts.some((text) => text.match(words)),
          texts.join('\n'),
        );
    });
  }

  for (const decision of decisions.filter((one) => !alone.includes(one))) {
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
  {
    disk,
    import: properties,
    patch,
    tag,
    tags,
    members,
    export: container,
    again = false,
    of = 'own',
  }: Decision,
): Promise<Verdicts> {
  if (disk !== undefined) return judges.import(disk, properties);
  if (patch !== undefined) return judges.patch(patch);
  if (members !== undefined) return judges.members(members, of);
  if (container !== undefined) return judges.export(container, of, again);
  const list =
    tags === undefined
      ? [typeof tag === 'object' ? tag.repeat.repeat(tag.times) : (tag ?? '')]
      : Array.from({ length: tags }, (_, at) => `t${at}`);
  return judges.patch([{ op: 'replace', path: '/tags', value: list }]);
}
