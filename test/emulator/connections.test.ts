import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { type Caller, logIn, type Running, withEmulator } from './harness.ts';
import { dial, raw } from './raw.ts';

const base = '/dfw/object-store/v1/MossoCloudFS_100001';

/** A connection whose answers are read up to a text. */
function talk(emulator: Running): {
  socket: Socket;
  until(text: string | RegExp): Promise<string>;
  rest(): Promise<string>;
} {
  const socket = dial(emulator.url);
  let got = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    got += chunk;
    socket.emit('got');
  });
  return {
    socket,
    until: async (text) => {
      for (;;) {
        const at = got.search(text);
        if (at !== -1) {
          const found = got;
          got = '';
          return found;
        }
        await once(socket, 'got');
      }
    },
    rest: async () => {
      await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
      return got;
    },
  };
}

function head(emulator: Running, method: string, path: string, headers: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, `Host: ${new URL(emulator.url).host}`, ...headers, '', ''].join(
    '\r\n',
  );
}

async function furnished(
  use: (emulator: Running, owner: Caller, token: string) => Promise<void>,
): Promise<void> {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    await owner.ask('PUT', `${base}/c`);
    await use(emulator, owner, `X-Auth-Token: ${owner.token}`);
  });
}

test('a whole URL in the request line counts before the Host header', async () => {
  await furnished(async (emulator, _owner, token) => {
    const { host } = new URL(emulator.url);
    const at = (url: string) => raw(emulator, head(emulator, 'PUT', url, [token, 'Content-Length: 0']));
    assert.equal(await at(`http://evil.example${base}/c/x`), 403);
    assert.equal(await at(`http://evil.example@${host}${base}/c/x`), 403);
    assert.equal(await at(`http://${host}${base}/c/x`), 201);
    assert.equal(await at(`HTTP://${host.toUpperCase()}${base}/c/y`), 201);
  });
});

test('a request that names two hosts, or says twice where it ends, is refused', async () => {
  await furnished(async (emulator, _owner, token) => {
    const { host } = new URL(emulator.url);
    for (const other of [host, 'evil.example'])
      for (const name of ['Host', 'hOST'])
        assert.equal(await raw(emulator, head(emulator, 'GET', '/info', [`${name}: ${other}`])), 400);
    for (const framing of [
      ['Content-Length: 3', 'Content-Length: 4'],
      ['Content-Length: 3', 'Content-Length: 3'],
      ['Content-Length: 3', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: gzip'],
      ['Content-Length: 3, 3'],
    ])
      assert.equal(
        await raw(emulator, `${head(emulator, 'PUT', `${base}/c/x`, [token, ...framing])}abc`),
        400,
      );
  });
});

test('a client is told to go on only after its token, its rights and the path were looked at', async () => {
  await furnished(async (emulator, owner, token) => {
    const expects = ['Expect: 100-continue', 'Content-Length: 3'];
    const observer = `X-Auth-Token: ${(await logIn(emulator.url, 'observer')).token}`;
    const image = '/dfw/image/v2/images';
    const refusals: readonly [status: number, method: string, path: string, headers: readonly string[]][] = [
      [401, 'PUT', `${base}/c/x`, []],
      [401, 'PUT', `${base}/c/x`, ['X-Auth-Token: nobody']],
      [401, 'PUT', `${base}/c/x?temp_url_sig=00&temp_url_expires=1`, [token]],
      [403, 'PUT', `${base}/c/x`, [observer]],
      [404, 'PUT', `${base}/none/x`, [token]],
      [412, 'PUT', `${base}/c/%00`, [token]],
      [400, 'PUT', `${base}/c/x`, [token, 'X-Delete-After: x']],
      [401, 'POST', image, []],
      [403, 'POST', image, [observer]],
      [404, 'PUT', '/none', [token]],
      [405, 'PATCH', `${base}/c/x`, [token]],
      [403, 'PUT', `${base}/c/x`, [token, 'Origin: http://evil.example']],
      [400, 'PUT', `${base}/c/x`, [token, 'Host: evil.example']],
    ];
    for (const [status, method, path, headers] of refusals) {
      const { socket, rest } = talk(emulator);
      socket.write(head(emulator, method, path, [...headers, ...expects]));
      // It is the server that ends it: whether a body follows is not known.
      const answer = await rest();
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${method} ${path}`);
      assert.match(answer, /\r\nConnection: close\r\n/i);
    }
    const { socket, until } = talk(emulator);
    socket.write(head(emulator, 'PUT', `${base}/c/x`, [token, ...expects]));
    assert.equal(await until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(`abc${head(emulator, 'GET', `${base}/c/x`, [token])}`);
    const answer = await until(/abc$/);
    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 201', 'HTTP/1.1 200']);
    socket.destroy();
    assert.equal((await owner.ask('GET', `${base}/c/x`)).text, 'abc');
    assert.equal(await raw(emulator, head(emulator, 'GET', '/info', ['Expect: miracles'])), 417);
  });
});

test('requests that are sent before the answer to the last see what the last has done', async () => {
  await furnished(async (emulator, _owner, token) => {
    const path = `${base}/c/x`;
    const of = (method: string, body = '') =>
      `${head(emulator, method, path, [token, ...(body ? [`Content-Length: ${body.length}`] : [])])}${body}`;
    for (let round = 0; round < 20; round++) {
      const { socket, until } = talk(emulator);
      const first = `first ${round}`;
      const second = `second ${round}`;
      socket.write(
        [of('PUT', first), of('GET'), of('PUT', second), of('GET'), of('DELETE'), of('GET')].join(''),
      );
      const answer = await until(/404 Not Found.*<\/html>/s);
      assert.deepEqual(answer.match(/HTTP\/1\.1 \d+|(first|second) \d+$|(first|second) \d+(?=HTTP)/g), [
        'HTTP/1.1 201',
        'HTTP/1.1 200',
        first,
        'HTTP/1.1 201',
        'HTTP/1.1 200',
        second,
        'HTTP/1.1 204',
        'HTTP/1.1 404',
      ]);
      socket.destroy();
    }
    // Nobody keeps the emulator busy by sending ahead without end.
    const { socket, rest } = talk(emulator);
    socket.write(of('PUT', 'x') + of('GET').repeat(1000));
    assert.ok(((await rest()).match(/HTTP\/1\.1 200/g) ?? []).length < 1000);
    assert.equal(await raw(emulator, head(emulator, 'GET', '/info', [])), 200);
  });
});

test('an object may be of any type that is a text', async () => {
  await furnished(async (emulator, owner, token) => {
    const types = ['text', 'a b c', '@@', 'text/plain; charset=utf-8; x', '"x', 'x/é'];
    const put = (type: string) =>
      raw(
        emulator,
        `${head(emulator, 'PUT', `${base}/c/x`, [token, `Content-Type: ${type}`, 'Content-Length: 1'])}x`,
      );
    const kept = async () => (await owner.ask('HEAD', `${base}/c/x`)).headers.get('content-type');
    for (const type of types) {
      assert.equal(await put(type), 201, type);
      assert.equal(Buffer.from((await kept()) ?? '', 'latin1').toString(), type);
    }
    assert.equal(await put(''), 201);
    assert.equal(await kept(), 'application/octet-stream');
    const { socket, until } = talk(emulator);
    const bytes = head(emulator, 'PUT', `${base}/c/x`, [
      token,
      'Content-Type: \xe9\xe8',
      'Content-Length: 1',
    ]);
    socket.write(Buffer.from(`${bytes}x`, 'latin1'));
    assert.match(await until(/Invalid Content-Type/), /^HTTP\/1\.1 400 /);
    socket.destroy();
    for (const method of ['POST', 'DELETE', 'COPY'])
      assert.notEqual(
        (await owner.ask(method, `${base}/c/x`, undefined, { 'content-type': '@@' })).status,
        415,
        method,
      );
  });
});
