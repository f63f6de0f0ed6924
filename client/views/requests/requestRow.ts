import { t } from '@vscode/l10n';
import type { Exchange } from '../../../server/cloud/http/exchanges.ts';
import { leftOut } from '../../../server/cloud/http/withoutSecrets.ts';
import type { EmulatorRequest } from '../../../server/cloud/services/emulatorControl.ts';

/** A request as its row shows it. */
export interface RequestRow {
  readonly kind: 'request';
  readonly id: string;
  /** Milliseconds of the wall clock. */
  readonly time: number;
  readonly method: string;
  /** With query, without host. */
  readonly path: string;
  /** 0: no answer came. */
  readonly status: number;
  readonly milliseconds: number;
  readonly rule?: string;
  /** The injected fault that it met. */
  readonly fault?: string;
  /** What this window sent and received; absent of what others asked, or this window before it was recorded. */
  readonly exchange?: Exchange;
}

/** What this window asked and what everybody asked the emulator, each once, the newest first. */
export function mergeRequests(
  own: readonly Exchange[],
  told: readonly EmulatorRequest[] | undefined,
  filter: string,
): RequestRow[] {
  const byId = new Map((told ?? []).map((one) => [one.id, one]));
  const seen = new Set(own.map(({ requestId }) => requestId));
  const rows = [
    ...own.map((exchange) => ofExchange(exchange, byId.get(exchange.requestId ?? '')?.fault)),
    ...(told ?? [])
      .filter(({ id, path }) => !seen.has(id) && !/^\/emulator(?:[/?]|$)/.test(path))
      .map(ofTold),
  ];
  return rows.filter((row) => matches(row, filter)).sort((one, other) => other.time - one.time);
}

function ofExchange(exchange: Exchange, fault: string | undefined): RequestRow {
  const { id, time, method, url, status, milliseconds, rule } = exchange;
  return {
    kind: 'request',
    ...{ id, time, method, path: pathOf(url), status, milliseconds, exchange },
    ...(rule === undefined ? {} : { rule }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function ofTold({ time, ...rest }: EmulatorRequest): RequestRow {
  return { kind: 'request', ...rest, time: Date.parse(time) };
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** Words that all have to be in it; `4xx` is a class of statuses. */
function matches({ method, path, status, rule = '' }: RequestRow, filter: string): boolean {
  const text = `${method} ${path} ${rule}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) =>
      /^[1-5]xx$/.test(word)
        ? String(status).startsWith(word.slice(0, 1))
        : /^\d{3}$/.test(word)
          ? String(status) === word || text.includes(word)
          : text.includes(word),
    );
}

/** Writes a row: label, description, and what a screen reader says. */
export function describeRequest(row: RequestRow): {
  readonly label: string;
  readonly description: string;
  readonly spoken: string;
} {
  const { method, path, status, milliseconds, rule, fault, exchange, time } = row;
  const answer = status === 0 ? t('no answer') : String(status);
  const parts = [
    answer,
    ...(rule === undefined ? [] : [rule]),
    ...(fault === undefined ? [] : [t('injected fault')]),
    milliseconds < 1 ? t('under 1 ms') : t`${Math.round(milliseconds)} ms`,
    new Date(time).toLocaleTimeString('en-GB'),
    ...(exchange ? [t('this window')] : []),
  ];
  const label = `${method} ${path}`;
  return { label, description: parts.join(' · '), spoken: `${label}, ${parts.join(', ')}` };
}

/** Says why a request cannot be sent again; undefined where it can. `isSandbox`: the cloud is an emulator. */
export function forbidsReplay(
  { method, path, exchange }: RequestRow,
  { isSandbox, label }: { readonly isSandbox: boolean; readonly label: string },
): string | undefined {
  if (!isSandbox) return t`${label} is a real cloud: requests are sent again in the emulator alone.`;
  if (/\/tokens(?:$|[/?])/.test(path)) return t('Its body holds a password, which is not kept.');
  const kept = [
    path,
    JSON.stringify(exchange?.headers ?? {}),
    ...(exchange?.sent && 'text' in exchange.sent ? [exchange.sent.text] : []),
  ];
  if (kept.some((text) => text.includes(leftOut) || text.includes('=***')))
    return t('It held a secret, which is not kept.');
  const bears = method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (!bears) return undefined;
  if (!exchange)
    return t('Its body is not known: another program sent it, or this window before the view was opened.');
  const { sent } = exchange;
  return sent && 'absent' in sent ? t('Its content is not kept.') : undefined;
}
