import { isObject } from '../rules/subjects.ts';
import type { Json, JsonObject } from '../rules/types.ts';
import { Fault } from './faults.ts';
import type { Request } from './http.ts';

const largest = 2 ** 20;
/** Milliseconds without a byte. */
const stalled = 60_000;

/** The request's JSON body. Faults: 400 where there is none or it is not JSON, 413 where it is larger than 1 MiB. */
export async function readJson(request: Request): Promise<Json> {
  const bytes = await readBytes(request, largest);
  if (bytes.length === 0) throw new Fault(400, 'Body expected in request.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new Fault(400, 'Malformed JSON in request body.');
    throw error;
  }
}

/** The request's body. Faults: 413 where it is larger than `most` bytes, 408 where it stops coming. */
export async function readBytes(request: Request, most: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let size = 0;
  request.raw.setTimeout(stalled, () => request.raw.destroy(new Fault(408, 'The body stopped coming.')));
  for await (const chunk of request.raw) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  request.raw.setTimeout(0);
  return Buffer.concat(chunks);
}

function tooLarge(most: number): Fault {
  return new Fault(413, `The request body is larger than ${most} bytes.`);
}

/** A member of a JSON object, where it is an object itself; otherwise an empty one. */
export function objectAt(value: Json | undefined, ...names: string[]): JsonObject {
  let at = value;
  for (const name of names) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return isObject(at) ? at : {};
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
