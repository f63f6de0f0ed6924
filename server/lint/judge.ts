import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis, Host } from '../language/analysis/analysis.ts';
import { analyze } from '../language/analysis/analyze.ts';
import { fixAll } from '../language/features/codeActions/fixes.ts';
import { problemsOf } from '../language/features/diagnostics.ts';
import { pathOf } from '../language/lsp/uris.ts';
import { applyEdits } from '../manifests/edits/textEdits.ts';
import { decodeText, type EncodingFault, encodeText } from '../manifests/encoding.ts';
import type { Kind, Profile, Severity } from '../rules/rule.ts';
import { imageBeside } from '../workspace/companionImage.ts';
import { openDisks } from '../workspace/disks.ts';
import { kindByGlobs } from '../workspace/globs.ts';
import { type Project, readProject } from '../workspace/settings.ts';
import { readBytesSync, readText, replaceBytes } from '../workspace/textFile.ts';

/** How manifests are judged, the same for each of them. */
export interface Manner {
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

export interface Judge {
  /** Throws where the file or its settings cannot be read. */
  file(path: string): Promise<Report>;
  text(path: string, bytes: Uint8Array): Promise<Report>;
  /** Whether the settings say that a file is a manifest. */
  told(path: string): Promise<boolean>;
}

/** Judges manifests as the editor does, without a cloud. */
export function openJudge({ fix, kind, profile }: Manner): Judge {
  const host = fileHost(profile);
  const judged = (uri: string, text: string) => analyze({ uri, text, kind }, host);
  return {
    async file(path) {
      const uri = uriOf(path);
      // At once, since this thread has nothing else to do: a promise a file costs as much as its reading.
      const bytes = readBytesSync(path);
      const source = decodeText(bytes);
      if ('fault' in source) return reportOfBytes(path, source);
      let analysis = await judged(uri, source.text);
      const repair = fix ? fixAll(analysis) : undefined;
      if (repair) {
        const text = applyEdits(analysis.file.text, [repair]);
        await replaceBytes(path, bytes, encodeText(text, source.encoding));
        analysis = await judged(uri, text);
      }
      return reportOf(path, analysis);
    },
    async text(path, bytes) {
      const source = decodeText(bytes);
      return 'fault' in source
        ? reportOfBytes(path, source)
        : reportOf(path, await judged(uriOf(path), source.text));
    },
    told: async (path) =>
      kindByGlobs(resolve(path), (await host.settings(uriOf(path))).manifests) !== undefined,
  };
}

function fileHost(profile: Profile['name'] | undefined): Host {
  const disks = openDisks();
  const root = process.cwd();
  /** By folder: the files of one have the same settings. */
  const projects = new Map<string, Promise<Project>>();
  const project = async (uri: string) => {
    const folder = dirname(pathOf(uri));
    const reading =
      projects.get(folder) ?? readProject(pathOf(uri), root, profile ? { profile } : {}, undefined);
    projects.set(folder, reading);
    const found = await reading;
    if (found.problem) throw new Error(found.problem);
    return found;
  };
  return {
    settings: project,
    disk: async (uri, importFrom) =>
      disks.facts(importFrom, { path: pathOf(uri), root, containers: (await project(uri)).containers }),
    container: async () => undefined,
    diskNames: async () => [],
    imageBeside: (uri) => imageBeside(pathOf(uri), (path) => readText(path).catch(() => undefined)),
  };
}

/** What is no text is not judged further, and never written. */
function reportOfBytes(path: string, { fault, line, column }: EncodingFault): Report {
  const place = { line, column, endLine: line, endColumn: column + 1 };
  return { path, findings: [{ rule: 'manifest/encoding', severity: 'error', message: fault, ...place }] };
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
  return { path, findings };
}

function uriOf(path: string): string {
  return pathToFileURL(resolve(path)).href;
}
