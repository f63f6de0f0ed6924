import { readBytes } from '../../kernel/body.ts';
import type { Reply, Request } from '../../kernel/routes.ts';
import type { Entry, RequestFilter, RequestLog } from '../requestLog.ts';
import { keptRequests } from '../requestLog.ts';
import { type Html, html, sendPage } from './html.ts';

/** Bytes of a form that are read. */
const largestForm = 16_384;

/** The page that asks for the token. It is never kept: the form sends it with each look. */
export function sendTokenForm(request: Request, reply: Reply): Reply {
  return sendPage(request, reply, title, html`${heading}${form({})}`);
}

/** Tells whether a request is that page's form, sent from it. */
export function isForm({ method, headers }: Request): boolean {
  return (
    method === 'POST' && /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers['content-type'] ?? '')
  );
}

/** Answers the form with the last requests, or with what is wrong. `isToken` compares in constant time. */
export async function answerForm(
  request: Request,
  reply: Reply,
  requests: RequestLog,
  isToken: (token: string) => boolean,
): Promise<Reply> {
  const given = new URLSearchParams((await readBytes(request, largestForm)).toString());
  const text = (name: string): string | undefined => given.get(name)?.trim() || undefined;
  const filter = { method: text('method')?.toUpperCase(), status: text('status'), path: text('path') };
  if (!isToken(given.get('token')?.trim() ?? ''))
    return refuse(request, reply, filter, 401, 'This is not the token of emulator.lock.');
  if (filter.status !== undefined && !/^[1-5](\d\d|xx)$/.test(filter.status))
    return refuse(request, reply, filter, 400, 'A status is a number such as 404, or a class such as 4xx.');
  const found = requests.recent({ ...filter, limit: keptRequests }).toReversed();
  return sendPage(request, reply, title, html`${heading}${form(filter)}${table(found)}`);
}

const title = 'Requests · Cloud Images emulator';
const heading = html`<p><a href="/">Cloud Images emulator</a></p>
<h1>Requests</h1>
`;

type Filter = Partial<Pick<RequestFilter, 'method' | 'status' | 'path'>>;

function refuse(request: Request, reply: Reply, filter: Filter, status: number, why: string): Reply {
  const main = html`${heading}<p class="bad" role="alert">${why}</p>
${form(filter)}`;
  return sendPage(request, reply, title, main, status);
}

function form({ method = '', status = '', path = '' }: Filter): Html {
  return html`<form method="post" action="/emulator/requests" autocomplete="off">
<label>Token of emulator.lock <input name="token" type="password" required autocomplete="off" size="44"></label>
<label>Method <input name="method" size="8" value="${method}"></label>
<label>Status, such as 4xx <input name="status" size="5" value="${status}"></label>
<label>Path, * for any letters <input name="path" size="24" value="${path}"></label>
<button>Show</button>
</form>
`;
}

function table(entries: readonly Entry[]): Html {
  if (entries.length === 0) return html`<p role="status">No such request was made.</p>`;
  return html`<div class="scroll" role="region" aria-labelledby="requests" tabindex="0">
<table>
<caption id="requests">The last ${entries.length}, the newest first. <code>cloud-images explain RULE</code> explains a rule.</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Method</th><th scope="col">Path</th><th scope="col">Status</th><th scope="col">ms</th><th scope="col">Rule or fault</th></tr></thead>
<tbody>
${entries.map(row)}
</tbody>
</table>
</div>`;
}

function row({ time, method, path, status, milliseconds, rule, fault }: Entry): Html {
  const why = rule ?? (fault === undefined ? '' : `fault ${fault}`);
  const answer = status < 400 ? html`<td>${status}</td>` : html`<td class="bad">${status}</td>`;
  return html`<tr><td>${time}</td><td>${method}</td><td class="path">${path}</td>${answer}<td>${milliseconds}</td><td>${why}</td></tr>`;
}
