import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on one connection for the one before them. */
const mostWaiting = 100;

/** Takes the requests of a connection one after another. */
export interface Turns {
  /**
   * Calls `next` when it is the request's turn: a client that sends the next before it has the answer to the last means it to
   * see what the last has done. Never where the connection has ended meanwhile. One with very many waiting is cut.
   */
  take(socket: Socket, next: () => void): void;
  /** The request whose turn it was has been answered, or its client has gone. */
  end(socket: Socket): void;
}

export function createTurns(): Turns {
  const lines = new WeakMap<Socket, { isTaken: boolean; readonly waiting: (() => void)[] }>();
  return {
    take: (socket, next) => {
      let line = lines.get(socket);
      if (!line) {
        line = { isTaken: false, waiting: [] };
        lines.set(socket, line);
      }
      if (!line.isTaken) {
        line.isTaken = true;
        next();
      } else if (line.waiting.length >= mostWaiting) socket.destroy();
      else line.waiting.push(next);
    },
    end: (socket) => {
      const line = lines.get(socket);
      if (!line) return;
      const next = socket.destroyed ? undefined : line.waiting.shift();
      if (next) next();
      else line.isTaken = false;
    },
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
