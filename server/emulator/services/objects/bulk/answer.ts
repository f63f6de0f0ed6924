import { STATUS_CODES } from 'node:http';
import type { ApiError } from '../../../kernel/apiError.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { escapeText, pythonJson } from '../listing/python.ts';

/** What came of a bulk request. Swift answers 200 and tells the rest in the body. */
export interface BulkResult {
  /** By what they are called. */
  readonly counts: Readonly<Record<string, number>>;
  /** Names, URL-encoded, and statuses. */
  readonly errors: readonly (readonly [name: string, status: string])[];
  /** `201 Created` */
  readonly status: string;
  readonly text: string;
}

const formats = ['text/plain', 'application/json', 'application/xml', 'text/xml'] as const;
type Format = (typeof formats)[number];

/** The format that the answer is wanted in; none where it is no format of ours. */
export function bulkFormat({ headers }: Request): Format | undefined {
  const { accept } = headers;
  if (accept === undefined || accept.trim() === '') return 'text/plain';
  const wanted = accept
    .split(',')
    .map((part, index) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((text) => text.startsWith('q='))?.slice(2);
      return { type, quality: quality === undefined ? 1 : Number(quality), index };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality || one.index - other.index);
  for (const { type } of wanted) {
    const found = formats.find(
      (format) => type === format || type === '*/*' || type === `${format.split('/')[0]}/*`,
    );
    if (found) return found;
  }
  return undefined;
}

/** `200 OK`, of a refusal or a number. */
export function statusLine(refused: ApiError | number): string {
  const status = typeof refused === 'number' ? refused : refused.status;
  return `${status} ${status === 413 ? 'Request Entity Too Large' : STATUS_CODES[status]}`;
}

export function answerBulk(
  request: Request,
  reply: Reply,
  kind: 'delete' | 'extract',
  result: BulkResult,
): Reply {
  const wanted = bulkFormat(request);
  const format = wanted ?? 'text/plain';
  const { counts, errors, status, text } = result;
  const all = { 'Response Status': status, 'Response Body': text, ...counts };
  reply.code(200);
  if (wanted) reply.header('content-type', wanted);
  // As bytes, so that no character set is added to the type.
  if (format === 'application/json') return reply.send(Buffer.from(pythonJson({ ...all, Errors: errors })));
  const sorted = Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1));
  if (format === 'text/plain') {
    const lines = sorted.map(([name, value]) => `${name}: ${value}\n`);
    const failed = errors.map(([name, problem]) => `${name}, ${problem}\n`);
    return reply.send(`${lines.join('')}Errors:\n${failed.join('')}`);
  }
  const members = sorted.map(([name, value]) => {
    const tag = name.replaceAll(' ', '_').toLowerCase();
    return `<${tag}>${escapeText(String(value))}</${tag}>\n`;
  });
  const failed = errors.map(
    ([name, problem]) =>
      `<object><name>${escapeText(name)}</name><status>${escapeText(problem)}</status></object>\n`,
  );
  return reply.send(`<${kind}>\n${members.join('')}<errors>\n${failed.join('')}</errors>\n</${kind}>\n`);
}
