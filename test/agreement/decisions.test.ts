import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type DiskKind, diskKinds, disks, MiB, type VhdSpec } from '../tools/disks.ts';
import { disagreement } from './agree.ts';
import { type Judges, startJudges, type Verdicts } from './judges.ts';
import type { Whose } from './lives.ts';

interface Repeated {
  readonly repeat: string;
  readonly times: number;
}

/** A row of test/fixtures/decisions, written by hand from the articles. */
interface Decision {
  readonly says: string;
  readonly disk?: DiskKind | 'none';
  readonly import?: JsonObject;
  /** A disk that is made for the row. */
  readonly vhd?: VhdSpec;
  readonly patch?: Json;
  /** A patch in the v2.0 form. */
  readonly old?: Json;
  /** An image manifest, of an image that is there or (`create`) of a new one. */
  readonly manifest?: JsonObject;
  readonly create?: JsonObject;
  /** A name or property whose text is so often repeated. */
  readonly name?: Repeated;
  readonly property?: Repeated;
  readonly tag?: string | Repeated;
  /** So many, and so many of them again. */
  readonly tags?: number;
  readonly twice?: number;
  /** Of an image manifest. */
  readonly members?: readonly Json[];
  /** The container that the image is exported into; `again`: it holds an export of the image already. */
  readonly export?: string | Repeated;
  /** The licences that its image has. */
  readonly licences?: string;
  readonly again?: boolean;
  /** Whose image is shared or exported. */
  readonly of?: Whose;
  /** A manifest that the emulator cannot be asked about yet: the editor alone is judged, under this live image. */
  readonly judged?: 'editor';
  readonly kind?: Kind;
  readonly body?: Json;
  readonly image?: JsonObject | null;
  readonly profile?: 'openstack';
  /** Disks of 64 MiB and files of 8 MiB at most, since 40 GiB are hard to send. */
  readonly limits?: 'small';
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
  let openstack: Judges;
  let small: Judges;
  before(async () => {
    judges = await startJudges();
    openstack = await startJudges('openstack');
    small = await startJudges('rackspace', {
      importVirtualBytes: 64 * MiB,
      importPhysicalBytes: 8 * MiB,
    });
  });
  after(() => Promise.all([judges.close(), openstack.close(), small.close()]));

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
      const asked = decision.profile ? openstack : decision.limits ? small : judges;
      const verdicts = await verdictsOn(asked, decision);
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

function verdictsOn(judges: Judges, decision: Decision): Promise<Verdicts> {
  const { disk, import: properties, vhd, patch, old, manifest, create, members, of = 'own' } = decision;
  if (vhd !== undefined) return judges.disk(vhd);
  if (disk !== undefined) return judges.import(disk, properties);
  if (patch !== undefined) return judges.patch(patch, of);
  if (old !== undefined) return judges.patch(old, of, 'v2.0');
  if (manifest !== undefined) return judges.image(manifest, of);
  if (create !== undefined) return judges.create(create);
  if (members !== undefined) return judges.members(members, of);
  if (decision.export !== undefined)
    return judges.export(repeated(decision.export), of, decision.again ?? false, decision.licences);
  return judges.patch([operationOf(decision)], of);
}

function operationOf({ name, property, tag = '', tags, twice = 0 }: Decision): JsonObject {
  if (name) return { op: 'replace', path: '/name', value: repeated(name) };
  if (property) return { op: 'add', path: `/${repeated(property)}`, value: 'x' };
  const list =
    tags === undefined
      ? [repeated(tag)]
      : Array.from({ length: tags + twice }, (_, at) => `t${at < tags ? at : at - tags}`);
  return { op: 'replace', path: '/tags', value: list };
}

function repeated(text: string | Repeated): string {
  return typeof text === 'string' ? text : text.repeat.repeat(text.times);
}
