import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import { show } from '../../../rules/service/attributes.ts';
import { urlSafe } from '../../../rules/service/tagNames.ts';
import type { Session } from '../feature.ts';
import { type ActionRequest, type Deferred, diagnosticsOf, disabled, findingsIn } from './action.ts';

/** Offers the URL-safe form of a tag for every manifest that has the tag (DECISIONS 10). */
export async function fixTag(request: ActionRequest): Promise<CodeAction[]> {
  const { document, analysis, session, client } = request;
  const actions: CodeAction[] = [];
  for (const placed of findingsIn(request, (rule) => rule === 'tag/url-safe')) {
    const [mention] = session.workspace.mentionsIn(
      analysis,
      ({ what, start, end }, from) =>
        what === 'tag' && start + from >= placed.start && end + from <= placed.end,
    );
    const to = mention && urlSafe(mention.name);
    if (!mention || to === undefined) continue;
    const { name } = mention;
    const found = await session.workspace.mentions(
      (other) => other.what === 'tag' && (other.name === name || other.name === to),
    );
    const filesWith = (tag: string) =>
      new Set(found.flatMap(({ mention, location }) => (mention.name === tag ? location.uri : [])));
    const files = filesWith(name);
    if (files.size < 2) continue;
    // Where one image has both, which this does not tell, one of them goes.
    const drops = [...filesWith(to)].some((file) => files.has(file)) ? ', dropping duplicates' : '';
    const title = `Fix in workspace: ${show(name)} to '${to}' in ${files.size} files${drops}`;
    const diagnostics = diagnosticsOf(request, [placed]);
    const action: CodeAction = { title, kind: CodeActionKind.QuickFix, diagnostics };
    const tag = { name, to };
    const { uri, version } = document;
    actions.push(
      client.resolves
        ? { ...action, data: { uri, version, tag } }
        : await withRenamedTag(action, tag, session),
    );
  }
  return actions;
}

export async function withRenamedTag(
  action: CodeAction,
  { name, to }: NonNullable<Deferred['tag']>,
  { workspace }: Session,
): Promise<CodeAction> {
  const documentChanges = await workspace.rename({ what: 'tag', name }, to);
  return 'refused' in documentChanges
    ? disabled(action, documentChanges.refused)
    : { ...action, edit: { documentChanges } };
}
