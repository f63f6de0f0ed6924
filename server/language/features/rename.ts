import { LSPErrorCodes, type Position, ResponseError } from 'vscode-languageserver';
import type { Profile } from '../../rules/profile/profile.ts';
import { classOf, codePoints, isProtected } from '../../rules/service/attributes.ts';
import { refuseTag } from '../../rules/service/tagNames.ts';
import type { Mention } from '../index/mentions.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';
import { findMention, type MentionAt } from './references.ts';

/** Renames tags, properties and images in all manifests of the workspace. */
export const rename: Feature = (session) => {
  const { connection, workspace } = session;
  connection.onPrepareRename(async ({ textDocument, position }) => {
    const { mention, document } = await findRenamable(textDocument.uri, position);
    return { range: toRange(document, mention.start, mention.end), placeholder: mention.name };
  });
  connection.onRenameRequest(async ({ textDocument, position, newName }) => {
    const { mention, analysis } = await findRenamable(textDocument.uri, position);
    if (newName === mention.name) return { documentChanges: [] };
    const refused = refuseNewName(mention.what, newName, analysis.settings.profile);
    if (refused) throw refusal(refused);
    const documentChanges = await workspace.rename(mention, newName);
    if ('refused' in documentChanges) throw refusal(documentChanges.refused);
    return { documentChanges };
  });

  async function findRenamable(uri: string, position: Position): Promise<MentionAt> {
    const found = await findMention(session, uri, position);
    if (!found) throw refusal('Only tags, properties and names of images can be renamed.');
    const refused = refuseOldName(found.mention, found.analysis.settings.profile);
    if (refused) throw refusal(refused);
    return found;
  }

  return () => ({ renameProvider: { prepareProvider: true } });
};

function refusal(sentence: string): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, sentence);
}

/** Says in a sentence why something cannot be renamed; undefined where it can. */
function refuseOldName({ what, name }: Mention, profile: Profile): string | undefined {
  if (what !== 'property') return undefined;
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved')
    return `'${name}' is set by the service alone; it cannot be renamed.`;
  if (isProtected(name, profile))
    return `'${name}' is protected: only the service sets it; it cannot be renamed.`;
  if (kind === 'writable')
    return `'${name}' is an attribute of every image; only properties of your own can be renamed.`;
  return undefined;
}

/** Says in a sentence why a new name is not accepted; undefined where it is. */
function refuseNewName(what: Mention['what'], name: string, profile: Profile): string | undefined {
  const { nameLength, tagLength } = profile.limits;
  if (what === 'tag') {
    const refused = refuseTag(name, profile)?.rule;
    if (refused === 'tag/empty') return 'A tag cannot be empty.';
    return refused
      ? `A tag has at most ${tagLength} characters; this one has ${codePoints(name)}.`
      : undefined;
  }
  const noun = what === 'image' ? "image's name" : "property's name";
  if (name === '') return `The ${noun} cannot be empty.`;
  if (codePoints(name) > nameLength)
    return `The ${noun} has at most ${nameLength} characters; this one has ${codePoints(name)}.`;
  if (what === 'image') return undefined;
  if (classOf(name) !== 'custom') return `'${name}' is an attribute of every image; choose another name.`;
  if (isProtected(name, profile))
    return `'${name}' is protected: only the service sets it; choose another name.`;
  return undefined;
}
