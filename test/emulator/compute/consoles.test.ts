import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObject } from '../../../server/rules/json.ts';
import { withUsers } from '../plain.ts';
import { build, expectAnswer } from './asking.ts';

test('the console of a server is opened by an address, which shows what the guest printed', async () => {
  await withUsers(async ({ owner, admin, partner }, emulator) => {
    const id = await build(emulator, owner);
    const action = `POST /servers/${id}/action`;
    const novnc = { body: { 'os-getVNCConsole': { type: 'novnc' } } };
    const { json } = await expectAnswer(owner, action, [200, { console: { type: 'novnc' } }], novnc);
    const url = isObject(json['console']) ? String(json['console']['url']) : '';
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/regionone\/compute\/console\?token=[0-9a-f-]{36}$/);
    const page = await fetch(url);
    assert.equal(page.headers.get('content-type'), 'text/plain; charset=utf-8');
    const output = await expectAnswer(owner, action, [200], { body: { 'os-getConsoleOutput': {} } });
    assert.equal(await page.text(), `${output.json['output']}\n`);
    const wrong = await fetch(`${url}0`);
    assert.equal(wrong.status, 404);
    assert.match(await wrong.text(), /Token not found/);

    const token = url.replace(/.*=/, '');
    const of = `GET /os-console-auth-tokens/${token}`;
    await expectAnswer(admin, of, [200, { console: { instance_uuid: id, host: '127.0.0.1' } }], {
      version: 31,
    });
    await expectAnswer(admin, of, [401], { version: 30 });
    await expectAnswer(owner, of, [403, /os-console-auth-tokens/], { version: 31 });
    await expectAnswer(admin, `${of}0`, [404, 'Token not found'], { version: 31 });

    const remote = `POST /servers/${id}/remote-consoles`;
    const asked = (protocol: string, type: string, version = 6) => ({
      body: { remote_console: { protocol, type } },
      version,
    });
    await expectAnswer(owner, remote, [200, { remote_console: { type: 'novnc' } }], asked('vnc', 'novnc'));
    await expectAnswer(
      owner,
      remote,
      [400, 'Unavailable console type spice-html5.'],
      asked('spice', 'spice-html5'),
    );
    await expectAnswer(owner, remote, [400, 'Invalid console type serial'], asked('vnc', 'serial'));
    await expectAnswer(owner, remote, [400, /'webmks' is not one of/], asked('vnc', 'webmks'));
    await expectAnswer(owner, remote, [400, 'Unavailable console type webmks.'], asked('mks', 'webmks', 8));
    await expectAnswer(owner, remote, [404], asked('vnc', 'novnc', 5));
    await expectAnswer(partner, remote, [404, /could not be found/], asked('vnc', 'novnc'));
    await expectAnswer(owner, action, [404], { ...novnc, version: 6 });
    await expectAnswer(owner, action, [400, /'vga' is not one of/], {
      body: { 'os-getVNCConsole': { type: 'vga' } },
    });
  });
});
