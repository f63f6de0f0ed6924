import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on one connection for the one before them. */
const mostWaiting = 100;

interface Line {
  /** Settles when the last request of the line has been answered. */
  end: Promise<void>;
  waiting: number;
}

/**
 * Takes the requests of a connection one after another: a client that sends the next before it has the answer to the
 * last means it to see what the last has done. Calls `next` when it is the request's turn, and never where its connection
 * has ended meanwhile. A connection with very many waiting is cut.
 */
export function createTurns(): (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => void {
  const lines = new WeakMap<Socket, Line>();
  return ({ socket }, response, next) => {
    const line = lines.get(socket) ?? { end: Promise.resolve(), waiting: 0 };
    lines.set(socket, line);
    const before = line.end;
    const isFirst = line.waiting === 0;
    line.waiting += 1;
    line.end = new Promise((resolve) => {
      response.once('close', () => {
        line.waiting -= 1;
        resolve();
      });
    });
    if (isFirst) next();
    else if (line.waiting > mostWaiting) socket.destroy();
    else
      void before.then(() => {
        if (!socket.destroyed) next();
      });
  };
}

/**
 * Answers `Expect: 100-continue` when somebody begins to read the body, that is after token, path and rights were looked
 * at. Where nobody does, the connection ends with the answer: the body may or may not follow.
 */
export function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false;
    const begin = (event: string | symbol) => {
      if (event !== 'data') return;
      request.off('newListener', begin);
      if (response.headersSent) return;
      response.shouldKeepAlive = true;
      response.writeContinue();
    };
    request.on('newListener', begin);
    server.emit('request', request, response);
  });
}

/** True where the client waits for 100 Continue before it sends its body. */
export function isAwaited(request: IncomingMessage, response: ServerResponse): boolean {
  return request.headers.expect !== undefined && !response.shouldKeepAlive;
}
