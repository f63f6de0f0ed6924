import { dirname, join } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import { findLine } from '../../../server/manifests/findLine.ts';
import { kinds } from '../../../server/manifests/kinds.ts';
import { rules } from '../../../server/rules/evaluate.ts';
import { serviceRefusals } from '../../../server/rules/serviceRefusals.ts';
import { judgeData } from '../../../server/workspace/judge.ts';
import type { Context } from '../../context.ts';
import { findManifests } from '../../manifests/manifestFiles.ts';
import { openManifest } from '../../manifests/openManifest.ts';
import { Cancelled } from '../../ui/errors.ts';
import type { RequestRow } from '../../views/requests/requestRow.ts';
import { isRefused } from '../../views/requests/requestsView.ts';
import { type Candidate, chooseCandidate, findImageId, isSameRefusal } from '../../views/requests/trace.ts';
import { showRule } from '../manifests/openRule.ts';
import { requireRow } from './requests.ts';

/** Leads from a refusal to the rule's page, to what the source says, and to the line of a manifest that caused it. */
export async function traceRefusal(context: Context, node: unknown): Promise<void> {
  const row = requireRow(node);
  if (!isRefused(row)) throw new Error(t('This request was not refused.'));
  const found = await findManifestLine(context, row);
  const line = 'none' in found ? undefined : found;
  const rule = row.rule ?? line?.rule;
  const source = rule === undefined ? '' : findSource(rule);
  const ruleItems =
    rule === undefined
      ? []
      : [
          { label: t('Rule'), description: rule, go: () => showRule(context, rule) },
          { label: t('Source'), description: source, go: () => showSource(context, source) },
        ];
  const why = 'none' in found ? found.none : '';
  if (ruleItems.length === 0 && !line) throw new Error(why);
  const manifestItem = {
    label: t('Manifest line'),
    description: line ? `${vscode.workspace.asRelativePath(line.uri)}:${line.line}` : why,
    go: async () => {
      if (!line) throw new Error(why);
      await showLine(line);
    },
  };
  const title = rule === undefined ? t('What does this refusal come from?') : t`Refused by ${rule}`;
  const picked = await context.ui.pick([...ruleItems, manifestItem], title);
  if (!picked) throw new Cancelled();
  await picked.go();
}

interface Line {
  readonly uri: vscode.Uri;
  /** From 1. */
  readonly line: number;
  /** By which it is refused, as far as that is known. */
  readonly rule?: string;
}

async function showLine({ uri, line }: Line): Promise<void> {
  const at = new vscode.Position(line - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}

/** What states the rule: `SOURCES: glance §2`, or an article. */
function findSource(id: string): string {
  const known = rules.find((one) => one.id === id);
  const [, refusal] = Object.entries(serviceRefusals).find(([name]) => name === id) ?? [];
  return known?.source ?? refusal?.source ?? '';
}

/** Opens what the sources say, at the section that is named, or where the articles begin. */
async function showSource({ rulesPage }: Context, source: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(join(dirname(rulesPage), 'SOURCES.md'));
  const [, section = ''] = /SOURCES: (\w[\w-]* §[\d.]+)/.exec(source) ?? [];
  const heading = section === '' ? '## Rackspace' : `### ${section}`;
  const lines = document.getText().split('\n');
  await showLine({ uri: document.uri, line: Math.max(1, lines.indexOf(heading) + 1) });
}

/** Finds the line of the document that a request was made for: of a run that is known, of others by what the rules say. */
async function findManifestLine(
  context: Context,
  row: RequestRow,
): Promise<Line | { readonly none: string }> {
  const { cause } = row.exchange ?? {};
  const id = findImageId(row);
  const image = id === undefined ? undefined : await readImage(context, id, row);
  if (cause) {
    const uri = vscode.Uri.file(cause.file);
    const { candidates, lineOf } = await judgeManifest(context, uri, row, image);
    const own = candidates.find(({ part }) => part.index === cause.index);
    return own ?? { uri, line: lineOf(cause.index, '') ?? 1 };
  }
  const files = await findManifests(context, kinds);
  const judged = await Promise.all(
    files.map((uri) => judgeManifest(context, uri, row, image).catch(() => undefined)), // one that cannot be read is none
  );
  const name = image?.get('name');
  const about = id === undefined ? undefined : { id, name: typeof name === 'string' ? name : undefined };
  return chooseCandidate(
    judged.flatMap((one) => one?.candidates ?? []),
    about,
    row.rule,
  );
}

interface Judged {
  readonly candidates: readonly (Candidate & Line)[];
  /** The line of a pointer into a document. */
  lineOf(index: number, pointer: string): number | undefined;
}

async function judgeManifest(
  context: Context,
  uri: vscode.Uri,
  row: RequestRow,
  image: Image | undefined,
): Promise<Judged> {
  const { parts, document } = await openManifest(context, uri);
  const { connection } = context.source;
  const lineOf: Judged['lineOf'] = (index, pointer) =>
    findLine(document.getText(), { path: uri.path, index }, pointer);
  const candidates = parts.flatMap((part) =>
    judgeData(part.kind, part.data, {
      profile: part.profile,
      ...(connection ? { caller: connection.caller } : {}),
      ...(image ? { image } : {}),
      following: part.following,
    })
      .filter((finding) => isSameRefusal(row, finding))
      .map(({ pointer, rule }) => {
        const line = lineOf(part.index, pointer) ?? part.line;
        return { path: part.path, part, pointer, rule, uri, line };
      }),
  );
  return { candidates, lineOf };
}

/** Reads the image that a request was about; undefined where it is gone, or of another cloud than is shown now. */
async function readImage(
  { source }: Context,
  id: string,
  { exchange }: RequestRow,
): Promise<Image | undefined> {
  if (exchange?.origin && exchange.origin.key !== source.key) return undefined;
  return source.connection?.cloud.images.get(id).catch(() => undefined);
}
