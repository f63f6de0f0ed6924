import { createHash } from 'node:crypto';
import type { Reply, Request } from '../../kernel/routes.ts';

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Writes HTML; what is put in is escaped unless it is HTML already, a list one after the other. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(toText)));
}

function toText(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n');
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Tells a browser that opens a page from a client of the API: it names HTML before anything else. */
export function wantsPage({ headers }: Request): boolean {
  return /^\s*text\/html\s*(?:[,;]|$)/i.test(headers.accept ?? '');
}

const style = `:root { color-scheme: light dark; --line: #c9cdd4; --soft: #f3f5f8; --note: #545b66; --link: #0b57b5; --bad: #a81c1c }
@media (prefers-color-scheme: dark) { :root { --line: #4a515c; --soft: #23272e; --note: #b3bac5; --link: #8ab8ff; --bad: #ff9c9c } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem } a { color: var(--link) }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto }
code, pre, td { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: .875rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem } dt { color: var(--note) } dd { margin: 0 }
table { border-collapse: collapse; width: 100% } caption { text-align: left; color: var(--note); padding-bottom: .5rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line) }
td.path { overflow-wrap: anywhere } .bad { color: var(--bad) } .scroll { overflow-x: auto; margin-top: 1.5rem }
form { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end } label { display: grid; gap: .25rem }
input, button { font: inherit; padding: .35rem .6rem } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
`;

/** Nothing but this style: no script, no picture, nothing from elsewhere, and in no frame. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Answers with a page; to HEAD with its headers. */
export function sendPage(request: Request, reply: Reply, title: string, main: Html, status = 200): Reply {
  const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${toText(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${main.text}
</main>
</body>
</html>
`;
  reply.code(status).type('text/html; charset=utf-8').headers({
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    vary: 'Accept',
  });
  return request.method === 'HEAD'
    ? reply.header('content-length', Buffer.byteLength(page)).send()
    : reply.send(page);
}
