import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { isObject, type Json } from '../../../server/rules/json.ts';
import { emulatorId } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { forbidsReplay, type RequestRow } from '../../views/requests/requestRow.ts';
import { requestScheme } from '../../views/requests/requestsView.ts';
import { requestText } from '../../views/requests/requestText.ts';
import { exchangeForms, writeExchange } from '../copy/writeExchange.ts';
import { requireControl } from '../emulator/control.ts';

/** Shows the view, which records from then on. */
export async function showRequests(_: Context): Promise<void> {
  await vscode.commands.executeCommand('cloudImages.requests.focus');
}

/** Opens a request with its answer as a document to be read. */
export async function openRequest(context: Context, node: unknown): Promise<void> {
  const row = requireRow(node);
  const name = `${row.method} ${row.path.split('?')[0]?.split('/').at(-1) ?? ''}`.trim();
  const uri = vscode.Uri.from({ scheme: requestScheme, path: `/${name}.http`, query: row.id });
  context.requests.keep(uri, requestText(row, locateRequest(context, row)));
  await vscode.window.showTextDocument(uri, { preview: true, preserveFocus: true });
}

/** Copies a request as a command or program that makes it again. */
export async function copyRequest(context: Context, node: unknown): Promise<void> {
  const row = requireRow(node);
  const { exchange } = row;
  const { cloud, region = '' } = (exchange ? exchange.origin : context.source.commandLine) ?? {};
  const around = { region, ...(cloud === undefined ? {} : { cloud }) };
  const sent = { ...row, url: locateRequest(context, row) };
  const items = exchangeForms.map((label) => ({ label, text: writeExchange(label, sent, around) }));
  const picked = await context.ui.pick(items, t('Copy as what?'));
  if (!picked) throw new Cancelled();
  await vscode.env.clipboard.writeText(picked.text);
  vscode.window.setStatusBarMessage(t`Copied as ${picked.label}. The token stays a variable.`, 5000);
}

/** Makes a request of a row once more, in the emulator. Throws the reason where that cannot be. */
export async function replayRequest(context: Context, node: unknown): Promise<void> {
  const row = requireRow(node);
  const reason = forbidsReplay(row, context.source);
  if (reason !== undefined) throw new Error(reason);
  const url = locateRequest(context, row);
  const { cloud, cloudId } = await context.source.connect();
  const { session } = cloud;
  if (cloudId !== emulatorId || new URL(url).origin !== new URL(requireControl(context).url).origin)
    throw new Error(t('This request went to another cloud. Requests are sent again in the emulator alone.'));
  const { sent, media, headers } = row.exchange ?? {};
  const answer = await session.send(
    url,
    {
      method: row.method,
      ...(sent && 'text' in sent ? { json: parse(sent.text) } : {}),
      ...(media === undefined ? {} : { media }),
      ...(headers ? { headers } : {}),
    },
    refusals,
  );
  await answer.body?.cancel();
  void context.ui.inform(
    t`${row.method} ${row.path} was sent again as ${session.user.name}: ${answer.status}.`,
  );
}

/** Filters the rows by words and by status; an empty text shows all. */
export async function filterRequests({ ui, requests }: Context): Promise<void> {
  const text = await ui.ask(t('Show which requests? Words, a status, or a class of them'), () => undefined, {
    value: requests.filter,
    placeHolder: t('4xx images'),
  });
  if (text === undefined) throw new Cancelled();
  requests.setFilter(text);
}

/** Forgets what was asked so far. */
export async function clearRequests({ requests }: Context): Promise<void> {
  requests.clear();
}

const refusals: readonly number[] = Array.from({ length: 200 }, (_, at) => 400 + at);

/** The address that a request went to: of others it is known that they asked the emulator. */
function locateRequest({ emulator }: Pick<Context, 'emulator'>, { path, exchange }: RequestRow): string {
  if (exchange) return exchange.url;
  const { state } = emulator;
  return `${state.kind === 'running' ? state.control.url : 'http://emulator'}${path}`;
}

/** Throws where it is no row of the view. */
export function requireRow(node: unknown): RequestRow {
  if (typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'request')
    return node as RequestRow;
  throw new Error(t('Select a request in the view Requests first.'));
}

function parse(text: string): Json {
  const value = JSON.parse(text) as Json;
  return isObject(value) || Array.isArray(value) ? value : null;
}
