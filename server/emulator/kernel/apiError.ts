import { STATUS_CODES } from 'node:http';
import type { Refusal } from '../../rules/service/changes.ts';

/** An answer that refuses a request. The edge turns it into the error body of the service that was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly rule: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    text: string,
    more: { rule?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(text);
    this.status = status;
    this.rule = more.rule;
    this.headers = more.headers ?? {};
  }
}

/** Where a file, or SQLite, found no room left: what to do about it. */
export function fullDisk(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : '';
  if (!/\b(ENOSPC|EDQUOT)\b|database or disk is full/.test(text)) return undefined;
  return "The disk that holds the emulator's data folder is full. Make room, and try again.";
}

/** Where a data folder cannot be read or written: why, and what to do. Undefined for what nobody foresees. */
export function dataProblem(error: unknown, data: string): string | undefined {
  const full = fullDisk(error);
  if (full) return full;
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const sqlite = 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `The data folder ${data} cannot be made: a part of its path is no folder. Name another folder with --data.`;
  if (code === 'ENOENT' && /\bmkdir\b/.test(error.message))
    return `The data folder ${data} cannot be made there (${error.message}). Name another folder with --data.`;
  // Of SQLite: no permission, a failed read or write, a file or file system that is read-only, a file that cannot be opened.
  if (
    ['EACCES', 'EPERM', 'EROFS', 'EIO', 'ELOOP', 'ENAMETOOLONG'].includes(code) ||
    [3, 8, 10, 14].includes(sqlite)
  )
    return `The data folder ${data} cannot be read and written (${error.message}). Give this user the right to it, or name another folder with --data.`;
  return undefined;
}

/** A rule's refusal, as an answer. */
export function toApiError({ rule, status, text }: Refusal): ApiError {
  return new ApiError(status, text, { rule });
}

export interface Body {
  readonly type: string;
  readonly text: string;
}

/** The error body of the service that a path belongs to, shaped by `Accept` where the service does so. */
export function errorBody(path: string, accept: string | undefined, status: number, text: string): Body {
  const title = STATUS_CODES[status] ?? 'Error';
  if (/^\/identity\/v2/.test(path))
    return json({ [identityV2Name(status)]: { code: status, message: text } });
  if (/^\/identity/.test(path)) return json({ error: { code: status, message: text, title } });
  if (/^\/[^/]+\/object-store/.test(path)) return html(`<h1>${title}</h1><p>${escapeHtml(text)}</p>`);
  if (/^\/[^/]+\/image\b/.test(path)) return imageBody(accept, status, title, text);
  return json({ error: { code: status, title, message: text } });
}

/** As measured on Glance (SOURCES: glance §2). */
function imageBody(accept: string | undefined, status: number, title: string, text: string): Body {
  if (accept?.includes('application/json')) {
    return json({ message: `${text}<br /><br />\n\n\n`, code: `${status} ${title}`, title });
  }
  if (accept?.includes('text/html') || accept?.includes('*/*')) {
    const heading = `${status} ${title}`;
    return html(
      `\n <head>\n  <title>${heading}</title>\n </head>\n <body>\n  <h1>${heading}</h1>\n  ${escapeHtml(text)}<br /><br />\n\n\n\n </body>\n`,
    );
  }
  return { type: 'text/plain; charset=UTF-8', text: `${status} ${title}\n\n${text}\n\n   ` };
}

function identityV2Name(status: number): string {
  const names: Record<number, string> = {
    400: 'badRequest',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'itemNotFound',
    405: 'badMethod',
    413: 'overLimit',
  };
  return names[status] ?? 'identityFault';
}

function json(body: object): Body {
  return { type: 'application/json', text: JSON.stringify(body) };
}

function html(inner: string): Body {
  return { type: 'text/html; charset=UTF-8', text: `<html>${inner}</html>` };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
