import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on one connection for the one before them. */
const mostWaiting = 100;

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
  /** What waits on a connection behind the request whose turn it is, first come first. Absent: nobody's turn. */
  const lines = new WeakMap<Socket, (() => void)[]>();
  return ({ socket }, response, next) => {
    const begin = (): void => {
      response.on('close', end);
      next();
    };
    const end = (): void => {
      const following = socket.destroyed ? undefined : lines.get(socket)?.shift();
      if (following) following();
      else lines.delete(socket);
    };
    const line = lines.get(socket);
    if (!line) {
      lines.set(socket, []);
      begin();
    } else if (line.length >= mostWaiting) socket.destroy();
    else line.push(begin);
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
