import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A user's token, by Keystone v3. */
export async function tokenOf(url: string, user: string): Promise<string> {
  const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: user, password: 'emulator', domain: { id: 'default' } } },
        },
      },
    }),
  });
  await answer.arrayBuffer();
  const token = answer.headers.get('x-subject-token');
  if (!token) throw new Error(`${user} was not let in: ${answer.status}`);
  return token;
}

/** One request as bytes. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return `${[`${method} ${path} HTTP/1.1`, ...lines, ...length].join('\r\n')}\r\n\r\n${body}`;
}

/**
 * Sends `count` requests over so many kept connections, each after the answer before. A raw socket and a short look at the
 * answer, so that the load takes little of the processor that it shares. Throws where an answer is not a success.
 */
export async function load(
  port: number,
  connections: number,
  count: number,
  next: (index: number) => string,
): Promise<void> {
  let sent = 0;
  const one = async (socket: Socket) => {
    await once(socket, 'connect');
    const answers = readAnswers(socket);
    while (sent < count) {
      socket.write(next(sent++));
      const { value } = await answers.next();
      if (!/^HTTP\/1.1 2/.test(String(value))) throw new Error(String(value).slice(0, 2000));
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, () => one(connect(port, '127.0.0.1'))));
}

/** The head of each answer, once its body has come too. */
async function* readAnswers(socket: Socket): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head === -1) continue;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
    if (text.length < head + 4 + length) continue;
    yield text;
    text = '';
  }
  throw new Error(`The connection ended after '${text}'.`);
}
