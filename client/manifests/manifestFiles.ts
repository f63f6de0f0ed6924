import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { kindByName, nameParts } from '../../server/manifests/kinds.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Workspace } from '../../server/workspace/workspace.ts';
import type { Context } from '../context.ts';
import { readManifestPatterns } from '../language/manifestSelector.ts';
import { Cancelled } from '../ui/errors.ts';
import { openFolders } from './workspace.ts';

type Files = Pick<Context, 'ui' | 'source'>;

/** A lens gives a string, the editor's title a Uri, the view *Manifests* its row, the palette nothing. */
export function givenUri(given: unknown): vscode.Uri | undefined {
  if (typeof given === 'string') return vscode.Uri.parse(given);
  if (typeof given === 'object' && given !== null && 'uri' in given) return givenUri(given.uri);
  return given instanceof vscode.Uri ? given : undefined;
}

/** The active editor's manifest where it is of one of the kinds; else one that is picked. */
export async function activeOrPicked(
  context: Files,
  wanted: readonly Kind[],
  title: string,
): Promise<vscode.Uri> {
  const active = vscode.window.activeTextEditor?.document.uri;
  return active && (await isOf(openFolders(context), active, wanted))
    ? active
    : pickManifest(context, wanted, title);
}

/** One of the workspace's manifests of these kinds. */
export async function pickManifest(
  context: Files,
  wanted: readonly Kind[],
  title: string,
): Promise<vscode.Uri> {
  const files = await findManifests(context, wanted);
  const items = files.map((uri) => ({
    label: basename(uri.path),
    description: vscode.workspace.asRelativePath(uri),
    uri,
  }));
  if (items.length === 0) throw new Error(t`There is no ${kindNames(wanted)} in the workspace.`);
  const choice = await context.ui.pick(items, title);
  if (!choice) throw new Cancelled();
  return choice.uri;
}

/** Finds the workspace's manifests of these kinds. */
export async function findManifests(
  context: Pick<Context, 'source'>,
  wanted: readonly Kind[],
): Promise<vscode.Uri[]> {
  const patterns = [patternOf(wanted), ...(await readManifestPatterns())];
  const found = await Promise.all(
    patterns.map((one) => vscode.workspace.findFiles(one, '**/node_modules/**')),
  );
  const files = [...new Map(found.flat().map((uri) => [uri.toString(), uri])).values()];
  const workspace = openFolders(context);
  const fitting = await Promise.all(files.map((uri) => isOf(workspace, uri, wanted)));
  return files.filter((_, at) => fitting[at]);
}

/** The files that are manifests of these kinds by their names. */
export function patternOf(wanted: readonly Kind[]): string {
  return `**/*.{${wanted.map((kind) => nameParts[kind]).join(',')}}.{yaml,yml,json,jsonc}`;
}

function kindNames(wanted: readonly Kind[]): string {
  const list = new Intl.ListFormat('en', { type: 'disjunction' });
  return t`manifest (${list.format(wanted.map((kind) => `*.${nameParts[kind]}.yaml`))})`;
}

async function isOf(workspace: Workspace, uri: vscode.Uri, wanted: readonly Kind[]): Promise<boolean> {
  const kind = uri.scheme === 'file' ? await workspace.kindOf(uri.fsPath) : kindByName(uri.path);
  return kind !== undefined && wanted.includes(kind);
}
