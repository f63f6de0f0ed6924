import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Rehearsed } from '../../server/commands/rehearsal.ts';
import { kinds } from '../../server/manifests/kinds.ts';
import type { ManifestPart } from '../../server/workspace/parts.ts';
import { orderFiles } from '../../server/workspace/runOrder.ts';
import type { Context } from '../context.ts';
import { findManifests, patternOf } from '../manifests/manifestFiles.ts';
import { readManifestText } from '../manifests/manifestText.ts';
import { openFolders } from '../manifests/workspace.ts';
import { describeError } from '../ui/errors.ts';
import { type Exercised, openExercised } from './coverage.ts';
import { describeRehearsed, type Outcome, summarizeDocument } from './outcome.ts';
import { rehearse } from './rehearsalRun.ts';

type RehearsalContext = Pick<Context, 'source' | 'log' | 'cli' | 'rulesPage'>;

export interface RunOptions {
  readonly context: RehearsalContext;
  readonly controller: vscode.TestController;
  readonly request: vscode.TestRunRequest;
  readonly token: vscode.CancellationToken;
  readonly withCoverage: boolean;
}

/** Milliseconds after a change before a watched run begins again. */
const pause = 500;

/** Rehearses the chosen manifests as they stand on disk, once; in watch mode again after each change, until it is cancelled. */
export async function runRehearsals(options: RunOptions): Promise<void> {
  const { request, token } = options;
  if (!request.continuous) return runOnce(options);
  let abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      abort.abort();
      abort = new AbortController();
      const { signal } = abort;
      running = running.then(() => (signal.aborted ? undefined : runOnce(options, signal)));
    }, pause);
  };
  const watchers = [patternOf(kinds), '**/.cloud-images.json', '**/*.[vV][hH][dD]'].map((pattern) =>
    vscode.workspace.createFileSystemWatcher(pattern),
  );
  const listening = watchers.flatMap((one) => [
    one.onDidChange(again),
    one.onDidCreate(again),
    one.onDidDelete(again),
  ]);
  try {
    if (!token.isCancellationRequested)
      await new Promise<void>((resolve) => listening.push(token.onCancellationRequested(() => resolve())));
  } finally {
    clearTimeout(timer);
    abort.abort();
    for (const one of [...watchers, ...listening]) one.dispose();
    await running;
  }
}

async function runOnce(options: RunOptions, watching?: AbortSignal): Promise<void> {
  const { context, controller, request, token, withCoverage } = options;
  const run = controller.createTestRun(request);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  const listening = [token.onCancellationRequested(stop), run.token.onCancellationRequested(stop)];
  watching?.addEventListener('abort', stop);
  try {
    const exercised = openExercised(vscode.Uri.file(context.rulesPage), context.log);
    const chosen = chooseTests(controller, request);
    for (const test of chosen.values()) run.enqueued(test);
    if (!vscode.workspace.isTrusted) throw new Error(t('Trust this workspace to rehearse manifests.'));
    for (const folder of vscode.workspace.workspaceFolders ?? [])
      if (folder.uri.scheme === 'file' && !abort.signal.aborted)
        await rehearseFolder({ context, run, chosen, exercised, signal: abort.signal }, folder.uri);
    if (withCoverage) await exercised.report(run);
  } catch (error) {
    const message = new vscode.TestMessage(describeError(error));
    for (const test of chooseTests(controller, request).values()) run.errored(test, message);
  } finally {
    for (const one of listening) one.dispose();
    watching?.removeEventListener('abort', stop);
    run.end();
  }
}

/** The documents that are chosen, by their ids; a file of one document is its own. */
function chooseTests(
  { items }: vscode.TestController,
  { include, exclude }: vscode.TestRunRequest,
): ReadonlyMap<string, vscode.TestItem> {
  const left = new Set(exclude);
  const found = new Map<string, vscode.TestItem>();
  const add = (test: vscode.TestItem): void => {
    if (left.has(test)) return;
    if (test.children.size === 0) found.set(test.id, test);
    test.children.forEach(add);
  };
  if (include) include.forEach(add);
  else items.forEach(add);
  return found;
}

interface FolderRun {
  readonly context: RehearsalContext;
  readonly run: vscode.TestRun;
  readonly chosen: ReadonlyMap<string, vscode.TestItem>;
  readonly exercised: Exercised;
  readonly signal: AbortSignal;
}

/** Rehearses the chosen documents of one folder, and those before them that they need. */
async function rehearseFolder(folderRun: FolderRun, folder: vscode.Uri): Promise<void> {
  const { context, run, chosen, exercised, signal } = folderRun;
  const inFolder = [...chosen.values()].filter(
    ({ uri }) => uri && vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() === folder.toString(),
  );
  if (inFolder.length === 0) return;
  const files = await orderChosen(folderRun, folder, inFolder);
  if (files.length === 0) return;
  const waiting = new Set(inFolder.filter(({ uri }) => files.some(({ path }) => path === uri?.fsPath)));
  const begun: Rehearsed[] = [];
  let since = performance.now();
  const locate = ({ file }: Rehearsed): vscode.Uri => vscode.Uri.joinPath(folder, file.replaceAll('\\', '/'));
  const findTest = (uri: vscode.Uri, { document }: Rehearsed): vscode.TestItem | undefined =>
    chosen.get(uri.toString()) ?? chosen.get(`${uri}#${document}`);
  const startNext = (): void => {
    const [next] = waiting;
    if (next) run.started(next);
  };
  const finish = (): void => {
    const [first] = begun;
    if (!first) return;
    const test = findTest(locate(first), first);
    if (test) {
      waiting.delete(test);
      tell(run, test, summarizeDocument(begun), first, performance.now() - since);
    }
    since = performance.now();
    begun.length = 0;
    startNext();
  };
  startNext();
  try {
    const settings = vscode.workspace.getConfiguration('cloudImages', folder);
    for await (const rehearsed of rehearse({
      cli: context.cli,
      folder: folder.fsPath,
      files: files.map(({ path }) => path),
      profile: settings.get<string | null>('profile'),
      release: settings.get<string | null>('release'),
      signal,
    })) {
      if (begun.some(({ file, document }) => file !== rehearsed.file || document !== rehearsed.document))
        finish();
      begun.push(rehearsed);
      const uri = locate(rehearsed);
      exercised.add(uri, rehearsed, firstLine(findTest(uri, rehearsed), rehearsed.line));
      const title = `${rehearsed.file}${rehearsed.of > 1 ? t`, document ${rehearsed.document}` : ''}: ${rehearsed.outcome}`;
      run.appendOutput(`${[title, ...describeRehearsed(rehearsed)].join('\r\n')}\r\n`);
    }
    finish();
    for (const test of waiting) run.skipped(test);
  } catch (error) {
    for (const test of waiting) run.errored(test, new vscode.TestMessage(describeError(error)));
  }
}

/** The files to rehearse, in order. What cannot be read is told of its tests. */
async function orderChosen(
  { context, run }: FolderRun,
  folder: vscode.Uri,
  tests: readonly vscode.TestItem[],
): Promise<{ readonly path: string }[]> {
  const wanted = new Set(tests.map(({ uri }) => uri?.toString()));
  const workspace = openFolders(context);
  const all: ManifestPart[][] = [];
  for (const uri of await findManifests(context, kinds)) {
    if (vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() !== folder.toString()) continue;
    const path = uri.fsPath;
    try {
      const parts = await workspace.parts({ text: (await readManifestText(uri)) ?? '', path, name: path });
      if (parts.length > 0) all.push(parts);
    } catch (error) {
      if (!wanted.has(uri.toString())) continue; // another file's mistake is that file's own
      for (const test of tests)
        if (test.uri?.toString() === uri.toString())
          run.errored(test, new vscode.TestMessage(describeError(error)));
    }
  }
  const chosen = all.filter(([first]) => first && wanted.has(vscode.Uri.file(first.path).toString()));
  return orderFiles(all, chosen).flatMap(([first]) => first ?? []);
}

function tell(
  run: vscode.TestRun,
  test: vscode.TestItem,
  outcome: Outcome,
  { line }: Rehearsed,
  duration: number,
): void {
  if (outcome.type === 'passed') run.passed(test, duration);
  if (outcome.type === 'skipped') {
    run.appendOutput(`${outcome.reason}\r\n`, undefined, test);
    run.skipped(test);
  }
  if (outcome.type !== 'failed') return;
  const message = vscode.TestMessage.diff(outcome.answered, outcome.wanted, outcome.answered);
  const { place } = outcome;
  const at = place ? new vscode.Position(place.line - 1, place.column - 1) : firstLine(test, line);
  if (test.uri) message.location = new vscode.Location(test.uri, at);
  run.failed(test, message, duration);
}

/** Where a document's content begins; `line`, counted from 1, may be that of its `---`. */
function firstLine(test: vscode.TestItem | undefined, line: number): vscode.Position {
  return test?.range?.start ?? new vscode.Position(line - 1, 0);
}
