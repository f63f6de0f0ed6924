import type { RequestRow } from '../../views/requests/requestRow.ts';
import { openConnection, quote, type Surroundings, signIn } from './writeRequest.ts';

export const exchangeForms = ['curl', 'Python', '.http'] as const;
export type ExchangeForm = (typeof exchangeForms)[number];

/** A request of a row, with the address that it went to. */
export interface Sent extends Pick<RequestRow, 'method' | 'exchange'> {
  readonly url: string;
}

/** Writes a request so that it can be made again; the token is a variable, and what is not kept is said. */
export function writeExchange(form: ExchangeForm, sent: Sent, around: Surroundings): string {
  const body = readBody(sent);
  if (form === 'curl') return writeCurl(sent, body, around);
  return form === 'Python' ? writePython(sent, body, around) : writeHttp(sent, body);
}

interface SentBody {
  readonly text?: string;
  readonly media: string;
  /** Why there is no text of it. */
  readonly missing?: string;
}

function readBody({ method, exchange }: Sent): SentBody {
  const { sent, media = 'application/json' } = exchange ?? {};
  if (sent && 'text' in sent) return { text: compact(sent.text), media };
  if (sent) return { media, missing: `The body is ${sent.absent}.` };
  const bears = method === 'POST' || method === 'PUT' || method === 'PATCH';
  return exchange || !bears
    ? { media }
    : { media, missing: 'The body is not known: another program sent it.' };
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text; // it is no JSON
  }
}

/** A copy that is run as it is must not send an empty body in place of one that is not known. */
function tellMissing(missing: string): string {
  return `# ${missing} Write it to the file BODY.`;
}

function writeCurl(
  { method, url, exchange }: Sent,
  { text, media, missing }: SentBody,
  around: Surroundings,
): string {
  const verb = method === 'GET' ? '' : method === 'HEAD' ? ' -I' : ` -X ${method}`;
  const has = text !== undefined || missing !== undefined;
  // Without it Cloud Files refuses (411), and curl sends none by itself.
  const length = !has && (method === 'PUT' || method === 'POST') ? ['Content-Length: 0'] : [];
  const headers = [...listHeaders(exchange), ...length].map((line) => ` -H ${quote(line)}`);
  const data = has
    ? ` \\\n  -H ${quote(`Content-Type: ${media}`)} ${text === undefined ? '--data-binary @BODY' : `-d ${quote(text)}`}`
    : '';
  return [
    ...(missing === undefined ? [] : [tellMissing(missing)]),
    signIn(around),
    `curl -sS${verb} -H "X-Auth-Token: $OS_TOKEN"${headers.join('')}${data} \\\n  ${quote(url)}`,
  ].join('\n');
}

function writePython(
  { method, url, exchange }: Sent,
  { text, media, missing }: SentBody,
  around: Surroundings,
): string {
  const has = text !== undefined || missing !== undefined;
  const all = { ...exchange?.headers, ...(has ? { 'Content-Type': media } : {}) };
  const pairs = Object.entries(all).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const headers = pairs.length === 0 ? '' : `, headers={${pairs.join(', ')}}`;
  const body = `${has ? ', data=body' : ''}${headers}`;
  return [
    'import openstack',
    '',
    ...openConnection(around),
    ...(missing === undefined ? [] : [tellMissing(missing), 'body = open("BODY", "rb")']),
    ...(text === undefined ? [] : [`body = ${JSON.stringify(text)}.encode()`]),
    `answer = conn.session.request(${JSON.stringify(url)}, ${JSON.stringify(method)}, raise_exc=False${body})`,
    'print(answer.status_code, answer.text)',
  ].join('\n');
}

function listHeaders(exchange: Sent['exchange']): string[] {
  return Object.entries(exchange?.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
}

/** As the REST clients of editors read it. */
function writeHttp({ method, url, exchange }: Sent, { text, media, missing }: SentBody): string {
  const has = text !== undefined || missing !== undefined;
  return [
    ...(missing === undefined ? [] : [tellMissing(missing)]),
    `${method} ${url}`,
    'X-Auth-Token: {{$processEnv OS_TOKEN}}',
    ...listHeaders(exchange),
    ...(has ? [`Content-Type: ${media}`] : []),
    ...(has ? ['', text ?? '< ./BODY'] : []),
    '',
  ].join('\n');
}
