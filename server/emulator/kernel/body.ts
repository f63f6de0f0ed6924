import { isUtf8 } from 'node:buffer';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { ApiError, bodyCutShort } from './apiError.ts';
import type { Request } from './routes.ts';

const largest = 2 ** 20;
/** Levels of lists and objects: what is deeper would be more than the stack. */
const deepest = 100;
/** Milliseconds without a byte. */
const stalled = 60_000;

/** The request's JSON body. Throws 400 where there is none, it is not JSON or nests too deeply, 413 where it is larger than 1 MiB. */
export async function readJson(request: Request): Promise<Json> {
  const bytes = await readBytes(request, largest);
  if (bytes.length === 0) throw new ApiError('request/body', 'Body expected in request.');
  return parseJson(bytes);
}

/** Parses a body. Throws 400 with `malformed` where it is not JSON in UTF-8, or nests too deeply. */
export function parseJson(bytes: Buffer, malformed = 'Malformed JSON in request body.'): Json {
  if (!isUtf8(bytes)) throw new ApiError('request/body', malformed);
  const text = bytes.toString().replace(/^\ufeff/, '');
  const json = parse(text, malformed);
  if (isDeeper(json, deepest))
    throw new ApiError('request/body', `The request body nests more than ${deepest} levels.`);
  return json;
}

function parse(text: string, malformed: string): Json {
  try {
    return /\\ud[89a-f]/i.test(text) ? JSON.parse(text, requireText) : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError('request/body', malformed);
    throw error;
  }
}

/** Throws for half a character: the store would keep another one in its place. */
function requireText(name: string, value: Json): Json {
  if (!name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('Half a character.');
  return value;
}

function isDeeper(json: Json, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return levels === 0 || Object.values(json).some((value) => isDeeper(value, levels - 1));
}

/** The request's body. Throws 413 where it is larger than `most` bytes, 408 where it stops coming, 400 where it is cut short. */
export function readBytes({ headers, raw }: Request, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(headers['content-length'] ?? 0) > most) throw tooLarge(most);
    const chunks: Buffer[] = [];
    let size = 0;
    const cut = (error?: Error) => {
      if (raw.readableEnded) return;
      reject(error instanceof ApiError ? error : bodyCutShort());
    };
    const read = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else {
        raw.off('data', read).pause();
        reject(tooLarge(most));
      }
    };
    if (raw.destroyed) cut();
    raw.setTimeout(stalled, () => raw.destroy(new ApiError('request/stalled', 'The body stopped coming.')));
    raw.on('data', read).on('error', cut).on('close', cut);
    raw.on('end', () => {
      raw.setTimeout(0);
      resolve(Buffer.concat(chunks));
    });
  });
}

function tooLarge(most: number): ApiError {
  return new ApiError('request/body-size', `The request body is larger than ${most} bytes.`);
}

/** A member of a JSON object, where it is an object itself; otherwise an empty one. */
export function findObject(value: Json | undefined, ...names: string[]): JsonObject {
  let at = value;
  for (const name of names) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return isObject(at) ? at : {};
}

export function asText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
