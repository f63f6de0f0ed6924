import { readStart } from './bodies.ts';
import { CloudError } from './errors.ts';
import { removeSecrets } from './secrets.ts';

/** The most bytes of an error's body that are read: no sentence is longer. */
const maximumErrorBytes = 64 * 1024;

/** Reads the error of an answer of status 400 and above, without the secrets that the request may have held. */
export async function readError(
  request: { method: string; url: string },
  answer: Response,
  secrets: readonly string[],
): Promise<CloudError> {
  const { text: body } = await readStart(answer, maximumErrorBytes).catch(() => ({ text: '' }));
  const reason = `${answer.status} ${answer.statusText}`.trim();
  // Before its words are found too: they are cut, and lose what looks like a tag.
  const told = removeSecrets(body, secrets);
  const text = sentence(told, answer.headers.get('content-type') ?? '') || reason;
  return new CloudError(request, {
    status: answer.status,
    text: removeSecrets(text, secrets),
    requestId: answer.headers.get('x-openstack-request-id') ?? undefined,
    rule: answer.headers.get('x-cloud-images-rule') ?? undefined,
    retryAfter: readRetryAfter(answer.headers.get('retry-after'), Date.now()),
  });
}

/** Reads seconds or a date, as milliseconds from `now` on. */
function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const milliseconds = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/** The words of an error body: Glance's JSON or its page, Keystone's `error`, Rackspace's `unauthorized`, or plain text. */
function sentence(body: string, type: string): string {
  if (type.includes('json')) {
    const message = messageIn(parse(body));
    if (message !== undefined) return withoutPreface(plain(message));
  }
  if (type.includes('html')) {
    const page = body.replace(/<head>.*?<\/head>/is, ' ');
    const rest = plain(page.replace(/<h1>.*?<\/h1>/is, ' '));
    return withoutPreface(rest || plain(page));
  }
  return withoutPreface(plain(body.replace(/^\d{3} [\w ]+\r?\n\r?\n/, ''))).slice(0, 2000);
}

/** Glance says of some statuses what they mean in general, and what is wrong behind it. */
function withoutPreface(text: string): string {
  return text.replace(
    /^(?:Access was denied to this resource|There was a conflict when trying to complete your request)\. (?=\S)/,
    '',
  );
}

function messageIn(body: unknown, levels = 10): string | undefined {
  if (levels === 0 || typeof body !== 'object' || body === null) return undefined;
  if ('message' in body && typeof body.message === 'string') return body.message;
  for (const inner of Object.values(body)) {
    const found = messageIn(inner, levels - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function plain(text: string): string {
  return text
    .replace(/<\/?(?:html|head|body|title|h1|p|br|b|i|pre|div|span)\b[^>]*>/gi, ' ')
    .replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,6})|#x([\da-f]{1,5}));/gi, (_, name, decimal, hexadecimal) =>
      name === undefined
        ? String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16))
        : (entities[name.toLowerCase()] ?? ''),
    )
    .replace(/\s+/g, ' ')
    .trim();
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
