import { createHmac } from 'node:crypto';
import { ApiError } from '../../../kernel/apiError.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { statusLine } from '../bulk/answer.ts';
import { readExpiryHeaders } from '../headers.ts';
import { decode, readTarget, type Target } from '../paths.ts';
import { findKeys, isEqual, readSignature } from '../temporaryUrl.ts';
import { storePart } from '../transfer/parts.ts';
import { type FormPart, NoForm, parseDisposition, readForm } from './multipart.ts';

/** Bytes of a field that count. */
const mostOfField = 4096;

/** A form of a web page that uploads files, signed with a key of temporary URLs; undefined where the request is none. */
export function postForm(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> | undefined {
  const { word, values } = parseDisposition(request.headers['content-type'] ?? '');
  const boundary = values.get('boundary');
  if (word !== 'multipart/form-data' || boundary === undefined) return undefined;
  return answerForm(context, region, request, reply, boundary);
}

async function answerForm(
  context: EmulatorContext,
  region: string,
  request: Request,
  reply: Reply,
  boundary: string,
): Promise<Reply> {
  const fields = new Map<string, string>();
  try {
    const { status, message } = await storeFiles(context, region, request, { boundary, fields });
    if (!status.startsWith('2')) reply.header('x-cloud-images-rule', 'files/form');
    const redirect = fields.get('redirect');
    if (!redirect) {
      const body = message === '' ? status : `${status}\r\nFormPost: ${titled(message)}`;
      return reply
        .code(Number(status.slice(0, 3)))
        .header('content-type', 'text/plain')
        .send(body);
    }
    const query = `status=${status.slice(0, 3)}&message=${encodeURIComponent(message)}`;
    const location = `${redirect}${redirect.includes('?') ? '&' : '?'}${query}`;
    return reply
      .code(303)
      .header('location', location)
      .send(`<html><body><p><a href="${location}">Click to continue...</a></p></body></html>`);
  } catch (error) {
    if (!(error instanceof NoForm)) throw error;
    throw invalid('invalid starting boundary');
  }
}

interface Form {
  readonly boundary: string;
  /** Fills as the fields come. */
  readonly fields: Map<string, string>;
}

interface Outcome {
  readonly status: string;
  readonly message: string;
}

async function storeFiles(
  context: EmulatorContext,
  region: string,
  request: Request,
  { boundary, fields }: Form,
): Promise<Outcome> {
  const target = readTarget(request);
  let count = 0;
  let outcome: Outcome = { status: '400 Bad Request', message: 'no files to process' };
  for await (const part of readForm(request.raw, boundary)) {
    const { word, values } = parseDisposition(part.headers.get('content-disposition') ?? '');
    const file = values.get('filename');
    if (word !== 'form-data' || !file) {
      const name = values.get('name')?.toLowerCase();
      const value = await readField(part.body);
      if (name !== undefined) fields.set(name, value);
      continue;
    }
    count += 1;
    if (count > readNumber(fields, 'max_file_count'))
      return { status: '400 Bad Request', message: 'max file count exceeded' };
    outcome = {
      status: await storeFile(context, region, request, { target, file, part, fields }),
      message: '',
    };
    if (!outcome.status.startsWith('2')) break;
  }
  return outcome;
}

interface FormFile {
  readonly target: Target;
  readonly file: string;
  readonly part: FormPart;
  readonly fields: ReadonlyMap<string, string>;
}

/** Answers the status of what would be a PUT. Throws 400, and 401 where the form is not signed for it. */
async function storeFile(
  context: EmulatorContext,
  region: string,
  request: Request,
  { target, file, part, fields }: FormFile,
): Promise<string> {
  const keys = findKeys(context, region, target);
  if (keys.length === 0) throw unauthorized('invalid signature');
  const most = readNumber(fields, 'max_file_size');
  for (const [name, kind] of [
    ['x_delete_at', 'Unix timestamp'],
    ['x_delete_after', 'Number of seconds'],
  ] as const) {
    const value = fields.get(name);
    if (value !== undefined && !isWhole(value)) throw invalid(`${name} not an integer: ${kind} required.`);
  }
  if (readNumber(fields, 'expires') * 1000 < context.clock.now()) throw unauthorized('form expired');
  requireSignature(
    request,
    fields,
    keys.map(({ key }) => key),
  );
  const bytes = capped(part.body, most);
  const asked = {
    'x-delete-at': fields.get('x_delete_at'),
    'x-delete-after': fields.get('x_delete_after'),
  };
  const encoding = fields.get('content-encoding') ?? part.headers.get('content-encoding');
  try {
    await storePart(context, region, { ...target, object: target.object + file }, bytes, {
      contentType: fields.get('content-type') ?? part.headers.get('content-type'),
      headers: encoding === undefined ? {} : { 'content-encoding': encoding },
      expires: readExpiryHeaders({ headers: asked }, context.clock.now()),
    });
    return '201 Created';
  } catch (error) {
    if (error instanceof ApiError && error.rule !== 'files/form') return statusLine(error);
    throw error;
  }
}

/** The path is signed as it is asked for, or from `/v1/` on, as scripts for a real Swift sign it. */
function requireSignature(
  { url }: Request,
  fields: ReadonlyMap<string, string>,
  keys: readonly string[],
): void {
  const given = readSignature(fields.get('signature') ?? '');
  if (!given) throw unauthorized('invalid signature');
  const whole = decode(url.split('?', 1)[0] ?? '');
  const rest = [
    fields.get('redirect') ?? '',
    ...['max_file_size', 'max_file_count', 'expires'].map((name) => fields.get(name) || '0'),
  ].join('\n');
  const texts = [whole, whole.replace(/^\/[^/]+\/object-store/, '')].map((path) => `${path}\n${rest}`);
  const isSigned = keys.some((key) =>
    texts.some((text) => isEqual(createHmac(given.digest, key).update(text).digest(), given.bytes)),
  );
  if (!isSigned) throw unauthorized('invalid signature');
}

async function* capped(bytes: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > most) throw invalid('max_file_size exceeded');
    yield chunk;
  }
}

async function readField(bytes: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    if (size < mostOfField) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks)
    .subarray(0, mostOfField)
    .toString()
    .replace(/[\r\n-]+$/, '');
}

/** Throws 400. */
function readNumber(fields: ReadonlyMap<string, string>, name: string): number {
  const text = fields.get(name) || '0';
  if (!isWhole(text)) throw invalid(`${name} not an integer`);
  return Number(text);
}

function isWhole(text: string): boolean {
  return /^\s*[+-]?\d+\s*$/.test(text);
}

function invalid(text: string): ApiError {
  return new ApiError('files/form', `FormPost: ${text}`);
}

function unauthorized(text: string): ApiError {
  return new ApiError('files/form-signature', `FormPost: ${titled(text)}`);
}

function titled(text: string): string {
  return text.replace(/(?<![a-z])[a-z]/gi, (letter) => letter.toUpperCase());
}
