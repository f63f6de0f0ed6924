import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { kindByName, nameParts, type Told } from '../../server/manifests/kinds.ts';
import type { ManifestFile } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import type { Kind } from '../../server/rules/rule.ts';
import { globsIn, kindByGlobs } from '../../server/workspace/globs.ts';
import { nearestProject, projectName, saidIn } from '../../server/workspace/projectFile.ts';
import { readSettings } from '../../server/workspace/textFile.ts';
import type { Context } from '../context.ts';
import { saidPatterns } from '../language/manifestSelector.ts';
import { Cancelled } from '../ui/errors.ts';

/** Reads a manifest as the language server does: by its language, and of the kind that the settings say. */
export async function readOpened(document: vscode.TextDocument): Promise<ManifestFile> {
  const format = document.languageId.endsWith('json') || document.languageId === 'jsonc' ? 'json' : 'yaml';
  const told = await toldOf(document.uri);
  return readManifest({ text: document.getText(), path: document.uri.path, format, told });
}

/** A lens gives a string, the editor's title a Uri, the palette nothing. */
export function givenUri(given: unknown): vscode.Uri | undefined {
  if (typeof given === 'string') return vscode.Uri.parse(given);
  return given instanceof vscode.Uri ? given : undefined;
}

/** The active editor's manifest where it is of one of the kinds; else one that is picked. */
export async function activeOrPicked(
  ui: Context['ui'],
  wanted: readonly Kind[],
  title: string,
): Promise<vscode.Uri> {
  const active = vscode.window.activeTextEditor?.document.uri;
  return active && (await isOf(active, wanted)) ? active : pickManifest(ui, wanted, title);
}

/** One of the workspace's manifests of these kinds. */
export async function pickManifest(
  ui: Context['ui'],
  wanted: readonly Kind[],
  title: string,
): Promise<vscode.Uri> {
  const names = `**/*.{${wanted.map((kind) => nameParts[kind]).join(',')}}.{yaml,yml,json,jsonc}`;
  const patterns = [names, ...(await saidPatterns())];
  const found = await Promise.all(
    patterns.map((one) => vscode.workspace.findFiles(one, '**/node_modules/**')),
  );
  const files = [...new Map(found.flat().map((uri) => [uri.toString(), uri])).values()];
  const fitting = await Promise.all(files.map((uri) => isOf(uri, wanted)));
  const items = files
    .filter((_, at) => fitting[at])
    .map((uri) => ({
      label: basename(uri.path),
      description: vscode.workspace.asRelativePath(uri),
      uri,
    }));
  if (items.length === 0) throw new Error(`There is no ${kindNames(wanted)} in the workspace.`);
  const choice = await ui.pick(items, title);
  if (!choice) throw new Cancelled();
  return choice.uri;
}

function kindNames(wanted: readonly Kind[]): string {
  const list = new Intl.ListFormat('en', { type: 'disjunction' });
  return `manifest (${list.format(wanted.map((kind) => `*.${nameParts[kind]}.yaml`))})`;
}

async function isOf(uri: vscode.Uri, wanted: readonly Kind[]): Promise<boolean> {
  const kind = kindByName(uri.path) ?? (await toldOf(uri))?.kind;
  return kind !== undefined && wanted.includes(kind);
}

/** The kind that the nearest `.cloud-images.json` says, or the editor's settings, which win. */
async function toldOf(uri: vscode.Uri): Promise<Told | undefined> {
  if (uri.scheme !== 'file') return undefined;
  const folder = vscode.workspace.getWorkspaceFolder(uri) ?? vscode.workspace.workspaceFolders?.[0];
  const root = folder?.uri.fsPath;
  const project = await nearestProject(uri.fsPath, root, (path) => readSettings(path).catch(() => undefined));
  const setting = vscode.workspace
    .getConfiguration('cloudImages', uri)
    .get<Record<string, unknown>>('manifests', {});
  return kindByGlobs(uri.fsPath, [
    ...(project ? globsIn(saidIn(project.text, 'manifests'), project.folder, projectName) : []),
    ...globsIn(setting, root ?? dirname(uri.fsPath), 'cloudImages.manifests'),
  ]);
}
