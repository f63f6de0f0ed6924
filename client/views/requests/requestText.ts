import { t } from '@vscode/l10n';
import type { Body } from '../../../server/cloud/http/exchanges.ts';
import type { RequestRow } from './requestRow.ts';

/** Writes a request and its answer to be read. `url`: where it went. */
export function requestText(
  { method, status, milliseconds, rule, fault, exchange, time }: RequestRow,
  url: string,
): string {
  const { sent, received, media, headers = {} } = exchange ?? {};
  const unknown = t('Bodies are kept only of what this window asks once the view was opened.');
  return [
    `${method} ${url}`,
    'X-Auth-Token: $OS_TOKEN',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(media === undefined ? [] : [`Content-Type: ${media}`]),
    ...(sent ? ['', ...bodyLines(sent)] : []),
    '',
    t`### ${status === 0 ? t('No answer') : status} after ${Math.round(milliseconds)} ms, ${new Date(time).toISOString()}`,
    ...(rule === undefined ? [] : [t`# Refused by the rule ${rule}`]),
    ...(fault === undefined ? [] : [t`# It met the injected fault ${fault}`]),
    ...(exchange ? [] : [`# ${unknown}`]),
    ...(received ? ['', ...bodyLines(received)] : []),
    '',
  ].join('\n');
}

function bodyLines(body: Body): string[] {
  return 'text' in body ? [body.text] : [`# ${body.absent}`];
}
