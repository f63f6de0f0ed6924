import { escapeHtml } from '../../../kernel/api.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import type { ListedObject } from '../listing/answer.ts';
import type { Entry } from '../listing/list.ts';
import { encodePath } from '../paths.ts';

/** The pages of containers that are web sites, letter by letter Swift's. */

export interface WebPage {
  readonly label: string;
  readonly css: string;
  readonly prefix: string;
  readonly index: string;
}

const doctype =
  '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n';

function styles({ css, prefix }: WebPage, own: readonly string[]): string {
  if (css === '')
    return `  <style type="text/css">\n${own.map((line) => `   ${line}\n`).join('')}  </style>\n`;
  const isWhole = /^(\/|https?:\/\/)/.test(css);
  const path = isWhole
    ? encodePath(css).replaceAll('%3A', ':')
    : '../'.repeat(prefix.split('/').length - 1) + encodePath(css);
  return `  <link rel="stylesheet" type="text/css" href="${path}" />\n`;
}

export function disabledPage(page: WebPage): string {
  const missing =
    page.index === ''
      ? ''
      : '<h1>Index File Not Found</h1> <p>The owner of this web site has set ' +
        ` <b>X-Container-Meta-Web-Index: ${page.index}</b>.  However, this file is not found.</p>`;
  const head = `<title>Listing of ${escapeHtml(page.label)}</title>\n`;
  const style = styles(page, ['h1 {font-size: 1em; font-weight: bold;}', 'p {font-size: 2}']);
  return (
    `${doctype}<html>\n<head>\n${head}${style}</head>\n<body>  <h1>Web Listing Disabled</h1>` +
    '   <p>The owner of this web site has disabled web listing.' +
    '   <p>If you are the owner of this web site, you can enable' +
    `   web listing by setting X-Container-Meta-Web-Listings.</p>${missing} </body>\n</html>\n`
  );
}

export function listingPage(page: WebPage, entries: readonly Entry<ListedObject>[]): string {
  const title = escapeHtml(page.label);
  const style = styles(page, [
    'h1 {font-size: 1em; font-weight: bold;}',
    'th {text-align: left; padding: 0px 1em 0px 1em;}',
    'td {padding: 0px 1em 0px 1em;}',
    'a {text-decoration: none;}',
  ]);
  const short = (name: string) => name.slice(page.prefix.length);
  const row = (start: string, link: string, name: string, size: string, date: string) =>
    `   <tr ${start}>\n    <td class="colname"><a href="${link}">${name}</a></td>\n` +
    `    <td class="colsize">${size}</td>\n    <td class="coldate">${date}</td>\n   </tr>\n`;
  const none = '&nbsp;';
  const parent = page.prefix === '' ? '' : row('id="parent" class="item"', '../', '../', none, none);
  const folders = entries.flatMap((entry) =>
    'subdir' in entry
      ? [
          row(
            'class="item subdir"',
            encodePath(short(entry.subdir)),
            escapeHtml(short(entry.subdir)),
            none,
            none,
          ),
        ]
      : [],
  );
  const files = entries.flatMap((entry) => {
    if ('subdir' in entry) return [];
    const name = short(entry.name);
    const types = entry.content_type.split('/').map((type) => `type-${escapeHtml(type.toLowerCase())}`);
    const [date = ''] = formatMicroseconds(entry.modified).split('.', 1);
    return [
      row(
        `class="item ${types.join(' ')}"`,
        encodePath(name),
        escapeHtml(name),
        readable(entry.bytes),
        date.replace('T', ' '),
      ),
    ];
  });
  return (
    `${doctype}<html>\n <head>\n  <title>Listing of ${title}</title>\n${style} </head>\n <body>\n` +
    `  <h1 id="title">Listing of ${title}</h1>\n  <table id="listing">\n   <tr id="heading">\n` +
    '    <th class="colname">Name</th>\n    <th class="colsize">Size</th>\n    <th class="coldate">Date</th>\n   </tr>\n' +
    `${parent}${folders.join('')}${files.join('')}  </table>\n </body>\n</html>\n`
  );
}

/** `2Ki`, as Swift rounds. */
function readable(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
  let value = bytes;
  let at = 0;
  for (; value >= 1024 && at + 1 < units.length; at++) value = Math.round(value / 1024);
  return `${value}${units[at]}`;
}
