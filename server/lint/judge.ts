import { resolve } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readDiskFile } from '../disks/readDiskFile.ts';
import type { Analysis, Host } from '../language/analysis/analysis.ts';
import { analyze } from '../language/analysis/analyze.ts';
import { listProblems } from '../language/analysis/problems.ts';
import { fixAll, hasSafeFix } from '../language/features/codeActions/fixes.ts';
import { nodePlatform } from '../language/nodePlatform.ts';
import { applyEdits } from '../manifests/edits/applyEdits.ts';
import { decodeText, type EncodingFault, encodeText } from '../manifests/encoding.ts';
import type { Kind } from '../rules/facts.ts';
import type { FindingId } from '../rules/ids.ts';
import type { Profile } from '../rules/profile/profile.ts';
import type { Release } from '../rules/profile/releases.ts';
import type { CloudVocabulary } from '../rules/profile/vocabulary.ts';
import type { Severity } from '../rules/severity.ts';
import { nodeFiles, readBytesSync, replaceBytes } from '../workspace/nodeFiles.ts';
import type { PublishedLimits } from '../workspace/settings.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/** How manifests are judged, the same for each of them. */
export interface Manner {
  readonly fix: boolean;
  readonly kind: Kind | undefined;
  readonly profile: Profile['name'] | undefined;
  readonly release?: Release | undefined;
  /** A disk that is not on this machine is an error. */
  readonly requireDisks: boolean;
  /** The cloud that is asked; without it nothing is. */
  readonly live?: LiveCloud;
  /** The folders that are open; without them that in which the process runs. */
  readonly workspace?: Workspace;
}

/** What a connected cloud tells of manifests. */
export interface LiveCloud extends Pick<Host, 'liveImage' | 'liveServer' | 'flavor' | 'container'> {
  readonly published: PublishedLimits;
  readonly vocabulary?: CloudVocabulary;
}

/** One manifest's findings; lines and columns count from 1. */
export interface Report {
  readonly path: string;
  readonly findings: readonly LintFinding[];
  /** How many of the findings `--fix` repairs. */
  readonly fixable: number;
  /** How many it has repaired. */
  readonly fixed: number;
}

export interface LintFinding {
  readonly rule: FindingId;
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
  /** Tells whether the settings make a manifest of a file. */
  told(path: string): Promise<boolean>;
}

/** Judges manifests as the editor does. */
export function openJudge({
  fix,
  kind,
  profile,
  release,
  requireDisks,
  live,
  workspace: given,
}: Manner): Judge {
  const workspace =
    given ??
    openWorkspace({
      files: nodeFiles,
      readDisk: readDiskFile,
      roots: () => [process.cwd()],
      editor: () => ({
        ...(profile ? { profile } : {}),
        ...(release ? { release } : {}),
        ...(requireDisks ? { severities: { 'import/unchecked': 'error' } } : {}),
      }),
      published: () => live?.published,
      vocabulary: () => live?.vocabulary,
      byFolder: true,
    });
  const host = fileHost(workspace, live);
  const judged = (uri: string, text: string) => analyze({ uri, text, kind }, host);
  const countFixable = async (analysis: Analysis): Promise<number> => {
    const repair = hasSafeFix(analysis, undefined, 1) ? fixAll(analysis) : undefined;
    if (!repair) return 0;
    const left = await judged(analysis.uri, applyEdits(analysis.file.text, [repair]));
    return countShown(analysis) - countShown(left);
  };
  return {
    async file(path) {
      const uri = uriOf(path);
      // At once, since this thread has nothing else to do: a promise a file costs as much as its reading.
      const bytes = readBytesSync(path);
      const source = decodeText(bytes);
      if ('fault' in source) return reportEncodingFault(path, source);
      let analysis = await judged(uri, source.text);
      const repair = fix ? fixAll(analysis) : undefined;
      const before = countShown(analysis);
      if (repair) {
        const text = applyEdits(analysis.file.text, [repair]);
        await replaceBytes(path, bytes, encodeText(text, source.encoding));
        analysis = await judged(uri, text);
      }
      const fixed = before - countShown(analysis);
      return { ...toReport(path, analysis, fix ? 0 : await countFixable(analysis)), fixed };
    },
    async text(path, bytes) {
      const source = decodeText(bytes);
      if ('fault' in source) return reportEncodingFault(path, source);
      const analysis = await judged(uriOf(path), source.text);
      return toReport(path, analysis, await countFixable(analysis));
    },
    told: async (path) => {
      await host.settings(uriOf(path));
      return (await workspace.kindHint(resolve(path))) !== undefined;
    },
  };
}

function fileHost(workspace: Workspace, live: LiveCloud | undefined): Host {
  const pathOrUri = (uri: string) => nodePlatform.toPath(uri) ?? uri;
  return {
    pathOrUri,
    settings: async (uri) => {
      const project = await workspace.project(pathOrUri(uri));
      if (project.problem) throw new Error(project.problem);
      return project;
    },
    disk: async (uri, importFrom) => (await workspace.disk(pathOrUri(uri), importFrom))?.facts,
    container: async () => undefined,
    diskNames: async () => [],
    diskPlaces: (uri, importFrom) => workspace.diskPlaces(pathOrUri(uri), importFrom),
    imageFiles: async () => [],
    missingFile: (uri, file) => workspace.missingFile(pathOrUri(uri), file),
    isOrphan: async (uri, manifest) =>
      (await workspace.testedManifests(pathOrUri(uri), manifest))?.length === 0,
    sourceDisk: (uri, file) => workspace.sourceDisk(pathOrUri(uri), file),
    imageBeside: (uri) => workspace.companionImage(pathOrUri(uri)).catch(() => undefined),
    importBeside: (uri) => workspace.companionImport(pathOrUri(uri)).catch(() => undefined),
    ...live,
  };
}

/** Reports a file that is not text: it is not judged further, and never written. */
function reportEncodingFault(path: string, { fault, line, column }: EncodingFault): Report {
  const place = { line, column, endLine: line, endColumn: column + 1 };
  return {
    path,
    findings: [{ rule: 'manifest/encoding', severity: 'error', message: fault, ...place }],
    fixable: 0,
    fixed: 0,
  };
}

/** Hints are not reported to people. */
function countShown({ findings }: Analysis): number {
  return findings.filter(({ finding }) => finding.severity !== 'hint').length;
}

function toReport(path: string, analysis: Analysis, fixable: number): Report {
  const document = TextDocument.create(analysis.uri, '', 0, analysis.file.text);
  const findings = listProblems(analysis).map(({ start, end, rule, severity, message }) => {
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
  return { path, findings, fixable, fixed: 0 };
}

function uriOf(path: string): string {
  return nodePlatform.toUri(resolve(path));
}
