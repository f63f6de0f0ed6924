import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { glance } from '../../server/disks/format/glance.ts';
import { readHead } from '../../server/disks/format/inspection.ts';
import { sniff } from '../../server/disks/format/sniff.ts';
import { ensureDebian } from '../tools/debian.ts';
import { makeRawDisk, qemuCases, runTool, tableCases } from '../tools/formats.ts';

ensureDebian(['qemu-utils'], 'qemu-img');
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-formats-'));
after(() => rmSync(folder, { recursive: true }));
const raw = makeRawDisk(folder);

for (const { name, make, failed = [], qemu, isReadable } of [...qemuCases, ...tableCases])
  test(`${name}: format and size are those of qemu-img, the checks those of OpenStack`, async () => {
    const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.disk`);
    make(raw, path);
    const info: Record<string, unknown> = JSON.parse(runTool('qemu-img', 'info', '--output=json', path));
    const source = fileSource(path);
    try {
      const facts = await readDiskFacts(name, source);
      assert.equal(facts.virtualSize, info['virtual-size']);
      assert.equal(qemu ?? facts.format, info['format']);
      assert.deepEqual(facts.safety, { safe: failed.length === 0, failed });
      if (!isReadable) return;
      const head = await readHead(source);
      const format = sniff(head);
      const opened = await glance(source, format, head.bytes);
      assert.ok(opened && 'content' in opened, JSON.stringify(opened));
      const expected = readFileSync(raw);
      for (let at = 0; at < expected.length; at += 1_000_003) {
        const bytes = await opened.content.read(at, 1_000_003);
        assert.ok(expected.subarray(at, at + 1_000_003).equals(bytes), `bytes from ${at}`);
      }
    } finally {
      source.close();
    }
  });
