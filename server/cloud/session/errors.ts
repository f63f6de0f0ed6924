import { readStart } from './bodies.ts';
import { withoutSecrets } from './secrets.ts';

/** A request that a cloud refused, or that did not reach it. `message` and `text` are the cloud's own words. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly text: string;
  readonly method: string;
  readonly url: string;
  /** For the cloud's support: `req-UUID`. */
  readonly requestId?: string;
  /** The rule that refused; only the emulator says it. */
  readonly rule?: string;

  constructor(
    request: { method: string; url: string },
    answer: { status: number; text: string; requestId?: string | undefined; rule?: string | undefined },
    cause?: unknown,
  ) {
    super(answer.text, cause === undefined ? undefined : { cause });
    this.status = answer.status;
    this.text = answer.text;
    this.method = request.method;
    this.url = request.url;
    if (answer.requestId) this.requestId = answer.requestId;
    if (answer.rule) this.rule = answer.rule;
  }
}

/** Bytes of an error's body that are read: no sentence is longer. */
const maximumErrorBytes = 64 * 1024;

/** The error that an answer of status 400 and above means, without the secrets that the request may have held. */
export async function errorOf(
  request: { method: string; url: string },
  answer: Response,
  secrets: readonly string[],
): Promise<CloudError> {
  const { text: body } = await readStart(answer, maximumErrorBytes).catch(() => ({ text: '' }));
  const reason = `${answer.status} ${answer.statusText}`.trim();
  // Before its words are found too: they are cut, and lose what looks like a tag.
  const told = withoutSecrets(body, secrets);
  const text = sentence(told, answer.headers.get('content-type') ?? '') || reason;
  return new CloudError(request, {
    status: answer.status,
    text: withoutSecrets(text, secrets),
    requestId: answer.headers.get('x-openstack-request-id') ?? undefined,
    rule: answer.headers.get('x-cloud-images-rule') ?? undefined,
  });
}

/** What was asked for, or nothing where the cloud has no such thing (404). */
export async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) return undefined;
    throw error;
  }
}

export function unreachable(request: { method: string; url: string }, error: unknown): CloudError {
  const { host } = new URL(request.url);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error && cause.message ? cause.message : String(cause);
  return new CloudError(request, { status: 0, text: `No answer from ${host}: ${why}` }, error);
}

/** The words of an error body: Glance's JSON or its page, Keystone's `error`, Rackspace's `unauthorized`, or plain text. */
function sentence(body: string, type: string): string {
  if (type.includes('json')) {
    const message = messageIn(parse(body));
    if (message !== undefined) return plain(message);
  }
  if (type.includes('html')) {
    const page = body.replace(/<head>.*?<\/head>/is, ' ');
    const rest = plain(page.replace(/<h1>.*?<\/h1>/is, ' '));
    return rest || plain(page);
  }
  return plain(body.replace(/^\d{3} [\w ]+\r?\n\r?\n/, '')).slice(0, 2000);
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
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text
    .replace(/<\/?(?:html|head|body|title|h1|p|br|b|i|pre|div|span)\b[^>]*>/gi, ' ')
    .replace(/&(lt|gt|quot|#39|amp);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, ' ')
    .trim();
}
