import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { flood, hostileCloud } from '../commands/hostile.ts';

/** What the editor asks of a disk in the cloud: a few bytes, whatever the cloud thinks of ranges. */
for (const [what, status, why] of [
  ['knows no ranges', 200, /it was asked for a range, and answered 200/],
  ['sends more than the range', 206, /more than the 10 bytes came that were asked for/],
] as const)
  test(`a cloud that ${what} is given up after a few bytes`, async () => {
    const cloud = await hostileCloud(({ path }, to, own) => {
      if (!path.startsWith('/swift')) return false;
      to.writeHead(status, { 'content-type': 'application/octet-stream' });
      flood(to, own, '0123456789');
      return true;
    });
    const credentials = { authUrl: `${cloud.url}/v3`, userName: 'me', password: 'x' };
    const { objects } = await connect({ ...credentials, region: 'R' });
    await assert.rejects(async () => {
      let bytes = 0;
      for await (const piece of await objects.getObject('c', 'o', { start: 5, end: 15 }))
        bytes += piece.length;
      return bytes;
    }, why);
    assert.ok(cloud.sent.bytes < 10e6, `${cloud.sent.bytes} bytes`);
  });
