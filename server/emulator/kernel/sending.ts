import type { ServerResponse } from 'node:http';
import type { Piece } from '../store/pieces.ts';
import { createSupply } from '../store/supply.ts';
import type { Kernel } from './kernel.ts';
import type { Reply, Request } from './routes.ts';

/**
 * Sends texts and pieces of content, in order, as the body; status and headers are the reply's. Throws as finding the
 * first thousand pieces of each part; what is wrong behind them can only end the body early.
 */
export async function sendBody(
  { blobs, log }: Pick<Kernel, 'blobs' | 'log'>,
  request: Request,
  reply: Reply,
  body: readonly (string | Iterable<Piece>)[],
): Promise<Reply> {
  // Kept before anything else runs: then the bytes stay readable even where the object is deleted meanwhile.
  const parts = body.map((part) => (typeof part === 'string' ? part : createSupply(blobs, part)));
  const { raw } = reply;
  try {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      await part.fill();
      await blobs.refuseDamaged(part.kept());
    }
    reply.hijack();
    raw.writeHead(reply.statusCode, flat(reply.getHeaders()));
    const sender = createSender(raw);
    for (const part of parts) {
      if (typeof part === 'string') await sender.send(Buffer.from(part, 'latin1'));
      else for await (const bytes of part.bytes(reply.statusCode === 200)) await sender.send(bytes);
    }
    await sender.sent();
    raw.end();
  } catch (error) {
    if (!reply.sent) throw error;
    endEarly(log, request, raw, error); // it has begun
  } finally {
    for (const part of parts) if (typeof part !== 'string') part.release();
  }
  return reply;
}

/**
 * Sends chunks as the body, each of which stays as it is until the next but one is asked for; status and headers are the
 * reply's. What is wrong can only end the body early, which the client sees by the length.
 */
export async function sendChunks(
  log: Kernel['log'],
  request: Request,
  reply: Reply,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { raw } = reply;
  reply.hijack();
  try {
    raw.writeHead(reply.statusCode, flat(reply.getHeaders()));
    const sender = createSender(raw);
    for await (const bytes of chunks) await sender.send(bytes);
    await sender.sent();
    raw.end();
  } catch (error) {
    endEarly(log, request, raw, error);
  }
}

function endEarly(log: Kernel['log'], request: Request, raw: ServerResponse, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  if (!raw.writableFinished) log.info(`GET ${request.url} ended early: ${why}`);
  raw.destroy();
}

/** Sends one chunk while the next is fetched: `send` waits for the chunk before. Rejects when the client has gone. */
function createSender(response: ServerResponse): {
  send(bytes: Uint8Array): Promise<void>;
  sent(): Promise<void>;
} {
  let before: Promise<Error | undefined> = Promise.resolve(undefined);
  const gone = new Promise<Error>((resolve) =>
    response.once('close', () => resolve(new Error('the client went away'))),
  );
  const sent = async () => {
    const error = await before;
    if (error) throw error;
  };
  return {
    send: async (bytes) => {
      await sent();
      const written = new Promise<Error | undefined>((resolve) =>
        response.write(bytes, (error) => resolve(error ?? undefined)),
      );
      before = Promise.race([written, gone]);
    },
    sent,
  };
}

function flat(
  headers: Record<string, number | string | string[] | undefined>,
): Record<string, number | string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, number | string | string[]][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
