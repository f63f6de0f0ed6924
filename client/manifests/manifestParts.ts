import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Ports } from '../../server/cloud/run/run.ts';
import type { ManifestPart } from '../../server/cloud/run/world.ts';
import type { ManifestDocument } from '../../server/manifests/nodes.ts';
import { evaluate } from '../../server/rules/evaluate.ts';
import { imagesOf } from '../../server/rules/families/subjects.ts';
import type { Finding, Json, Profile } from '../../server/rules/rule.ts';
import { inputOf } from '../../server/rules/service/importBody.ts';
import { imageBeside } from '../../server/workspace/companionImage.ts';
import { readText } from '../../server/workspace/textFile.ts';
import { diskOf } from './importManifests.ts';
import { readOpened } from './manifestFiles.ts';

/** The documents of an open manifest, and where each stands in its text. */
export interface OpenManifest {
  readonly document: vscode.TextDocument;
  readonly parts: readonly ManifestPart[];
  rangeOf(part: ManifestPart): vscode.Range;
}

/** Throws where it cannot be read, with the place. */
export async function openManifest(uri: vscode.Uri, profile: Profile): Promise<OpenManifest> {
  const document = await vscode.workspace.openTextDocument(uri);
  const { documents, problems } = await readOpened(document);
  const name = basename(uri.path);
  const at = (offset: number): string => `${name}:${document.positionAt(offset).line + 1}`;
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) throw new Error(`${at(problem.start)}: ${problem.message}`);
  const written = documents.filter(({ root }) => root);
  if (written.length === 0) throw new Error(`${name} holds no manifest.`);
  const beside = await imageBeside(uri.fsPath, readText);
  const [image] = beside ? imagesOf(beside.data) : [];
  const ranges = new Map<number, vscode.Range>();
  const parts = written.map((one, index): ManifestPart => {
    const { kind, why, data, start, end } = one;
    if (!kind) throw new Error(`${at(start)}: what is this? ${why}. Choose the kind of the manifest first.`);
    ranges.set(index, new vscode.Range(document.positionAt(firstOf(one)), document.positionAt(end)));
    return {
      path: name,
      index,
      of: written.length,
      line: document.positionAt(start).line + 1,
      kind,
      data,
      profile,
      ...(image ? { beside: image.image } : {}),
      following: written
        .slice(index + 1)
        .flatMap((next) => (next.kind ? [{ kind: next.kind, data: next.data }] : [])),
    };
  });
  return { document, parts, rangeOf: ({ index }) => ranges.get(index) ?? new vscode.Range(0, 0, 0, 0) };
}

function firstOf({ root, start }: ManifestDocument): number {
  return root?.start ?? start;
}

/** How a run of the manifest finds the disks of its imports, and what the rules say: the disk itself the language server has read. */
export function portsOfManifest(manifest: OpenManifest): Pick<Ports, 'disk' | 'judge'> {
  return {
    disk: async ({ data }) => {
      const importFrom = inputOf(data)['import_from'];
      return typeof importFrom === 'string' ? diskOf(manifest.document.uri, importFrom) : undefined;
    },
    judge: (kind, data, facts) => {
      const found = evaluate(kind, data, facts).filter(({ rule }) => !rule.endsWith('/unchecked'));
      return kind === 'import' ? [...found, ...shownFindings(manifest, data, found)] : found;
    },
  };
}

/** What the editor marks in a document as an error, and the rules did not say without its disk. */
function shownFindings(
  { document, parts, rangeOf }: OpenManifest,
  data: Json,
  found: readonly Finding[],
): Finding[] {
  const part = parts.find((one) => one.data === data);
  if (!part) return [];
  const range = rangeOf(part);
  return vscode.languages.getDiagnostics(document.uri).flatMap((diagnostic): Finding[] => {
    const { severity, source, message, code } = diagnostic;
    const rule = String(typeof code === 'object' ? code.value : code);
    const isError = severity === vscode.DiagnosticSeverity.Error && source === 'cloud-images';
    if (!isError || !range.contains(diagnostic.range) || found.some((one) => one.rule === rule)) return [];
    return [{ rule, severity: 'error', pointer: '', message, answer: { task: message } }];
  });
}
