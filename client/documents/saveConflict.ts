import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Image } from '../../server/cloud/services/images.ts';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import { textEdits } from '../../server/manifests/edits/textEdits.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { pointerTo } from '../../server/rules/json.ts';
import { show } from '../../server/rules/service/attributes.ts';
import { formatImage, formatOf, locateProperty, parseImage } from './imageText.ts';
import { imageScheme, liveScheme } from './imageUri.ts';

/** A save that was refused, since both sides have changed the same. */
export interface SaveConflict {
  readonly names: readonly string[];
  readonly base: Image;
  readonly theirs: Image;
  /** The text that was to be saved. */
  readonly text: string;
}

/** Ways out of a conflict. None loses what the person wrote before they have seen both. */
export const resolutions = ['merge', 'theirs', 'mine'] as const;
export type Resolution = (typeof resolutions)[number];

export const resolutionTitles: Readonly<Record<Resolution, string>> = {
  merge: t('Merge…'),
  theirs: t('Take Theirs'),
  mine: t('Keep Mine'),
};

const conflictCode = 'save/conflict';

/** Marks each property that changed on both sides. */
export function markConflict(uri: vscode.Uri, { names, theirs, text }: SaveConflict): vscode.Diagnostic[] {
  return names.map((name) => {
    const now = theirs.get(name);
    const diagnostic = new vscode.Diagnostic(
      rangeOf(text, locateProperty(text, name, formatOf(uri.path))),
      now === undefined
        ? t('Changed in the cloud too: it was removed there. Merge, take theirs or keep yours.')
        : t`Changed in the cloud too: there it is ${show(now)} now. Merge, take theirs or keep yours.`,
      vscode.DiagnosticSeverity.Error,
    );
    diagnostic.source = 'Cloud';
    diagnostic.code = conflictCode;
    return diagnostic;
  });
}

/** The range of a place in a text that no document has, such as one that is being saved; the beginning where there is none. */
export function rangeOf(text: string, place = { start: 0, end: 1 }): vscode.Range {
  const positionAt = (offset: number): vscode.Position => {
    const before = text.slice(0, offset);
    const line = before.split('\n').length - 1;
    return new vscode.Position(line, offset - (before.lastIndexOf('\n') + 1));
  };
  return new vscode.Range(positionAt(place.start), positionAt(place.end));
}

/** Writes the cloud's values for what conflicts into the editor's text, and leaves the rest of it as it is. */
export async function takeTheirs(uri: vscode.Uri, { names, theirs }: SaveConflict): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const before = document.getText();
  const format = formatOf(uri.path) ?? 'json';
  const file = readManifest({ text: before, path: uri.path, format });
  const [root] = file.documents;
  const edits = names.map((name) => {
    const value = theirs.get(name);
    const pointer = pointerTo(name);
    return value === undefined
      ? ({ do: 'remove', pointer } as const)
      : ({ do: 'set', pointer, value } as const);
  });
  const written = root && textEdits(file, root, edits);
  const text = written ? applyEdits(before, written) : rewrite(before, names, theirs, format);
  await replaceText(uri, text);
}

async function replaceText(uri: vscode.Uri, text: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const before = document.getText();
  if (before === text) return;
  const all = new vscode.Range(document.positionAt(0), document.positionAt(before.length));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(uri, all, text);
  await vscode.workspace.applyEdit(edit);
}

/** Writes the whole text anew, where a value cannot be put into it. */
function rewrite(
  text: string,
  names: readonly string[],
  theirs: Image,
  format: NonNullable<ReturnType<typeof formatOf>>,
): string {
  const mine = parseImage(text, format);
  return mine instanceof Map ? formatImage(takeOver(mine, theirs, names), format) : text;
}

/** Returns an image with another's values of some properties. */
export function takeOver(image: Image, other: Image, names: readonly string[]): Image {
  const result = new Map(image);
  for (const name of names) {
    const value = other.get(name);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}

/** A side of a conflict as a document, by the query of its address. */
export function readSide(uri: vscode.Uri, conflict: SaveConflict | undefined): string | undefined {
  const side = uri.query.split('&')[0];
  if (!conflict) return undefined;
  const format = formatOf(uri.path);
  if (side === 'base') return formatImage(conflict.base, format);
  if (side === 'theirs') return formatImage(conflict.theirs, format);
  if (side !== 'mine') return undefined;
  // In the same layout, so that lines meet those that they are about.
  const mine = parseImage(conflict.text, format);
  return mine instanceof Map ? formatImage(mine, format) : conflict.text;
}

/**
 * Opens the editor's merge editor, which saves its result as the document, and which not every editor has: then what is in the
 * cloud stands beside the text. Tells which was opened.
 */
export async function openMerge(uri: vscode.Uri, conflict: SaveConflict): Promise<'merge' | 'diff'> {
  const stamp = Date.now();
  const side = (name: string): vscode.Uri => uri.with({ scheme: liveScheme, query: `${name}&${stamp}` });
  await replaceText(uri, readSide(side('mine'), conflict) ?? conflict.text);
  const sides = {
    base: side('base'),
    input1: { uri: side('theirs'), title: t('In the Cloud') },
    input2: { uri: side('mine'), title: t('Yours') },
    output: uri,
  };
  try {
    await vscode.commands.executeCommand('_open.mergeEditor', sides);
    return 'merge';
  } catch (error) {
    if (!/_open\.mergeEditor.*not found/.test(String(error))) throw error;
    const title = t`${uri.path.slice(uri.path.lastIndexOf('/') + 1)} (in the cloud ↔ yours)`;
    await vscode.commands.executeCommand('vscode.diff', side('theirs'), uri, title);
    return 'diff';
  }
}

/** Offers the ways out of a conflict where it is marked. */
export function offerResolutions(): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    { scheme: imageScheme },
    {
      provideCodeActions: ({ uri }, _, { diagnostics }) => {
        const conflicts = diagnostics.filter(({ code }) => code === conflictCode);
        if (conflicts.length === 0) return [];
        return resolutions.map((resolution) => {
          const action = new vscode.CodeAction(resolutionTitles[resolution], vscode.CodeActionKind.QuickFix);
          action.diagnostics = conflicts;
          action.command = {
            command: 'cloudImages.images.resolveConflict',
            title: resolutionTitles[resolution],
            arguments: [uri, resolution],
          };
          return action;
        });
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );
}
