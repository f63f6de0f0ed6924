import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { analyze } from '../language/analysis.ts';
import { imageBeside } from '../language/beside.ts';
import { problemsOf } from '../language/diagnostics.ts';
import { openDisks } from '../language/disks.ts';
import { fixAll } from '../language/fixes.ts';
import { readProject } from '../language/projects.ts';
import type { Analysis, Host } from '../language/types.ts';
import { pathOf } from '../language/uris.ts';
import { applyEdits } from '../manifests/edits.ts';
import { nameParts } from '../manifests/kinds.ts';
import type { Kind, Profile, Severity } from '../rules/types.ts';
import { findManifests } from './files.ts';

export interface Options {
  /** Files and folders; empty: the current folder. */
  readonly paths: readonly string[];
  readonly stdin?: { readonly text: string; readonly path: string };
  readonly fix: boolean;
  readonly kind: Kind | undefined;
  readonly profile: Profile['name'] | undefined;
}

/** One manifest's findings; lines and columns count from 1. */
export interface Report {
  readonly path: string;
  readonly findings: readonly LintFinding[];
}

export interface LintFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Judges manifests as the editor does, without a cloud. Throws where a path or the settings cannot be read. */
export async function lint({ paths, stdin, fix, kind, profile }: Options): Promise<Report[]> {
  const host = fileHost(profile);
  const reports: Report[] = [];
  if (stdin) {
    const path = stdin.path || `stdin.${nameParts[kind ?? 'image']}.yaml`;
    reports.push(reportOf(path, await analyze({ uri: uriOf(path), text: stdin.text, kind }, host)));
  }
  const files = paths.length === 0 && !stdin ? await findManifests(['.']) : await findManifests(paths);
  for (const path of files) {
    const uri = uriOf(path);
    let analysis = await analyze({ uri, text: await readFile(path, 'utf8'), kind }, host);
    const repair = fix ? fixAll(analysis, path) : undefined;
    if (repair) {
      const text = applyEdits(analysis.file.text, [repair]);
      await writeFile(path, text);
      analysis = await analyze({ uri, text, kind }, host);
    }
    reports.push(reportOf(path, analysis));
  }
  return reports;
}

function fileHost(profile: Profile['name'] | undefined): Host {
  const disks = openDisks();
  const root = process.cwd();
  const project = async (uri: string) => {
    const found = await readProject(pathOf(uri), root, profile ? { profile } : {}, undefined);
    if (found.problem) throw new Error(found.problem);
    return found;
  };
  return {
    settings: project,
    disk: async (uri, importFrom) =>
      disks.facts(importFrom, { path: pathOf(uri), root, containers: (await project(uri)).containers }),
    container: async () => undefined,
    diskNames: async () => [],
    liveImage: () => undefined,
    imageBeside: (uri) => imageBeside(pathOf(uri), (path) => readFile(path, 'utf8').catch(() => undefined)),
  };
}

function reportOf(path: string, analysis: Analysis): Report {
  const document = TextDocument.create(analysis.uri, '', 0, analysis.file.text);
  const findings = problemsOf(analysis).map(({ start, end, rule, severity, message }) => {
    const [from, to] = [document.positionAt(start), document.positionAt(end)];
    return {
      rule,
      severity,
      message,
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
    };
  });
  return { path, findings: findings.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function uriOf(path: string): string {
  return pathToFileURL(resolve(path)).href;
}
