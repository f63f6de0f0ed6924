import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { logIn, withEmulator } from './harness.ts';
import { peakOf } from './raw.ts';

const mebibyte = 2 ** 20;
const most = 200;

test('memory stays bounded, whatever goes in and out at once', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (context) => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const { ask, token } = await logIn(emulator.url, 'owner');
    const base = '/dfw/object-store/v1/100001/c';
    await ask('PUT', base);
    const piece = Buffer.alloc(mebibyte, 'content');
    const put = async (index: number, mebibytes: number, headers: Record<string, string | number>) => {
      const options = { method: 'PUT', headers: { 'x-auth-token': token, ...headers }, agent: false };
      const asked = request(`${emulator.url}${base}/${index}`, options);
      const answered = once(asked, 'response');
      for (let sent = 0; sent < mebibytes; sent++)
        await new Promise((resolve) => asked.write(piece, resolve));
      asked.end();
      const [response] = await answered;
      response.resume();
      assert.equal(response.statusCode, 201);
    };
    const get = async (index: number) => {
      const asked = request(`${emulator.url}${base}/${index}`, {
        headers: { 'x-auth-token': token },
        agent: false,
      });
      asked.end();
      const [response] = await once(asked, 'response');
      let bytes = 0;
      for await (const chunk of response) bytes += chunk.length;
      assert.equal(bytes, 8 * mebibyte);
    };
    const all = (work: (index: number) => Promise<void>) =>
      Promise.all(Array.from({ length: 50 }, (_, n) => work(n)));
    await all((index) => put(index, 8, { 'content-length': 8 * mebibyte }));
    assert.ok(peakOf(emulator) < most, `${peakOf(emulator)} MiB after uploads`);
    await put(100, 400, { 'transfer-encoding': 'chunked' });
    assert.ok(peakOf(emulator) < most, `${peakOf(emulator)} MiB after a chunked upload`);
    await all(get);
    assert.ok(peakOf(emulator) < most, `${peakOf(emulator)} MiB after downloads`);
    context.diagnostic(`peak ${peakOf(emulator).toFixed(0)} MiB`);
  });
});
