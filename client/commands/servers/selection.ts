import { t } from '@vscode/l10n';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { describeServerVerb, forbidsServer, type ServerVerb } from '../../cloud/serverPermissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { serverRow } from '../../views/servers/serverRow.ts';
import type { ServerRowNode } from '../../views/servers/serverRows.ts';
import { missingError } from '../images/selection.ts';

/** Arguments that VS Code gives a command of a tree: the row, and all selected rows where it is one of them. */
type Given = readonly [node: unknown, nodes?: unknown];

/**
 * Finds the servers that a command is for, as they are now: the selected rows, the one row, or, from the palette, one that is
 * picked. Throws where none is left, or the verb cannot be done to one of them.
 */
export async function selectServers(
  { servers, source, ui }: Context,
  [node, nodes]: Given,
  { title, verb }: { readonly title: string; readonly verb?: ServerVerb },
): Promise<LiveServer[]> {
  const connection = await source.connect();
  const snapshot = await servers.loaded();
  if (snapshot.kind === 'failed') throw new Error(snapshot.reason);
  const known: ReadonlyMap<string, LiveServer> = snapshot.kind === 'ready' ? snapshot.items : new Map();
  const forbids = (live: LiveServer): string | undefined => verb && forbidsServer(verb, live, connection);
  const rows = (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isServerRow);
  if (rows.length > 0) {
    const found = rows.flatMap(({ live }) => known.get(live.server.id) ?? []);
    const problems = found.flatMap((live) => forbids(live) ?? []);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    if (found.length > 0) return found;
    throw missingError(
      rows.map(({ live }) => live.server.name),
      connection,
    );
  }
  const fit = [...known.values()].filter((live) => forbids(live) === undefined);
  if (fit.length === 0)
    throw new Error(
      verb
        ? t`There is no server here that you can ${describeServerVerb(verb)}.`
        : t('There is no server here.'),
    );
  const choices = fit.map((live) => {
    const { label, parts } = serverRow(live);
    return { label, description: parts.join(' · '), detail: live.server.id, live };
  });
  const picked = await ui.pick(choices, title);
  if (!picked) throw new Cancelled();
  return [picked.live];
}

export function isServerRow(node: unknown): node is ServerRowNode {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'server';
}
