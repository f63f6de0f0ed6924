import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, logIn, removeFolder, start, temporaryFolder } from './harness.ts';

/** A signal ends the emulator whatever its clients are doing; one that is waited for without end fails by its time. */
const folder = temporaryFolder();
after(() => removeFolder(folder));
const container = '/dfw/object-store/v1/MossoCloudFS_100001/c';

const clients: [what: string, begin: (socket: Socket, host: string, token: string) => void][] = [
  ['says nothing', () => undefined],
  [
    'has sent half a header',
    (socket, host) => void socket.write(`PUT ${container}/o HTTP/1.1\r\nHost: ${host}\r\n`),
  ],
  [
    'is midway in an upload',
    (socket, host, token) =>
      void socket.write(
        `PUT ${container}/o HTTP/1.1\r\nHost: ${host}\r\nX-Auth-Token: ${token}\r\nContent-Length: 1000000\r\n\r\nabc`,
      ),
  ],
  [
    'takes no more of its download',
    (socket, host, token) => {
      socket.write(`GET ${container}/large HTTP/1.1\r\nHost: ${host}\r\nX-Auth-Token: ${token}\r\n\r\n`);
      socket.once('data', () => socket.pause());
    },
  ],
];
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  for (const [what, begin] of clients)
    test(`${signal} ends an emulator whose client ${what}`, { timeout: 30_000 }, async () => {
      const emulator = await start(join(folder, 'data'));
      const { token } = await logIn(emulator.url, 'owner');
      const send = (path: string, body: Buffer) =>
        ask(emulator.url, 'PUT', path, body, { 'x-auth-token': token });
      await send(container, Buffer.alloc(0));
      await send(`${container}/large`, Buffer.alloc(20e6));
      const { host, port } = new URL(emulator.url);
      const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve));
      begin(socket, host, token);
      if (what.includes('download')) await new Promise((resolve) => socket.once('data', resolve));
      assert.equal(await emulator.end(signal), 0);
      socket.destroy();
    });
