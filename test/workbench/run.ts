/**
 * The tests in a real VS Code: the Mocha suite inside the extension host, then the journeys through its window.
 * `node test/workbench/run.ts [suite|journeys|share] [NAME]`; `share`: the suite and a few journeys; NAME chooses journeys, or
 * the tests of the suite whose names hold it. Prints one line a test; exits 1 on a failure.
 * Pictures of the journeys are in test/.out/screenshots; CLOUD_IMAGES_THEME='Default High Contrast' takes them in that theme.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { makeDemo } from './demo.ts';
import { buildSuite, type Result, resultsFile, runDesktop, runServed } from './hostSuite.ts';
import { type Journey, runJourney } from './journey.ts';
import { agentsJourney } from './journeys/agents.ts';
import { browseJourney } from './journeys/browse.ts';
import { browserJourney } from './journeys/browser.ts';
import { cancelJourney } from './journeys/cancel.ts';
import { connectJourney } from './journeys/connect.ts';
import { copyJourney } from './journeys/copy.ts';
import { detailsJourney } from './journeys/details.ts';
import { diskViewerJourney } from './journeys/diskViewer.ts';
import { draggingJourney } from './journeys/dragging.ts';
import { editingJourney } from './journeys/editing.ts';
import { filesJourney } from './journeys/files.ts';
import { importJourney } from './journeys/import.ts';
import { inspectorJourney } from './journeys/inspector.ts';
import { keyboardJourney } from './journeys/keyboard.ts';
import { lifeJourney } from './journeys/life.ts';
import { packageJourney } from './journeys/package.ts';
import { picturesJourney } from './journeys/pictures.ts';
import { makeProjectJourney } from './journeys/project.ts';
import { rehearsalsJourney } from './journeys/rehearsals.ts';
import { rowsJourney } from './journeys/rows.ts';
import { serversJourney } from './journeys/servers.ts';
import { sharingJourney } from './journeys/sharing.ts';
import { transferJourney } from './journeys/transfer.ts';
import { translationJourney } from './journeys/translation.ts';
import { upgradeJourney } from './journeys/upgrade.ts';
import { verbsJourney } from './journeys/verbs.ts';
import { walkthroughJourney } from './journeys/walkthrough.ts';
import { serveVSCode } from './server.ts';

const journeys: readonly Journey[] = [
  importJourney,
  sharingJourney,
  filesJourney,
  draggingJourney,
  cancelJourney,
  diskViewerJourney,
  transferJourney,
  rowsJourney,
  keyboardJourney,
  serversJourney,
  copyJourney,
  detailsJourney,
  connectJourney,
  editingJourney,
  verbsJourney,
  agentsJourney,
  inspectorJourney,
  browseJourney,
  translationJourney,
  browserJourney,
  rehearsalsJourney,
  makeProjectJourney(),
  walkthroughJourney,
  lifeJourney,
  packageJourney,
  upgradeJourney,
  picturesJourney,
];
/** Those that stand for the others where time is short: a disk's way to an image, a plain OpenStack project, what is installed. */
const share = ['import', 'project', 'package'];
const [part = 'all', chosen] = process.argv.slice(2);
const results: Result[] = [];
const retried: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'cloud-images-workbench-'));
const desktop = process.env['CLOUD_IMAGES_VSCODE'];
try {
  await mkdir(join(import.meta.dirname, '..', '.out', 'screenshots'), { recursive: true });
  const work = [
    ...(part === 'journeys' ? [] : [suite]),
    ...(part === 'suite' || desktop ? [] : journeysToRun()),
  ];
  for (const one of work) await one();
} catch (error) {
  report({ name: 'the run', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
const failed = results.filter(({ error }) => error !== undefined).length;
if (retried.length > 0) console.log(`Tried twice: ${retried.join(', ')}.`);
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || results.length === 0 ? 1 : 0;

async function suite(): Promise<void> {
  await buildSuite();
  const file = await resultsFile();
  const workspace = await makeDemo(join(folder, 'suite'));
  const env = {
    CLOUD_IMAGES_RESULTS: file.path,
    ...(chosen === undefined ? {} : { CLOUD_IMAGES_TESTS: chosen }),
  };
  const code = desktop
    ? await runDesktop(desktop, workspace, env)
    : await withBrowser((browser) => served(browser, workspace, env));
  const outcome = await file.read();
  for (const result of outcome) report(result);
  if (code !== 0 && outcome.every(({ error }) => error === undefined)) {
    report({ name: 'the extension host', error: `The suite ended with code ${code}.` });
  }
}

async function served(browser: Browser, workspace: string, env: Record<string, string>): Promise<number> {
  const server = await serveVSCode({
    data: join(folder, 'server-suite'),
    extensions: join(folder, 'no-extensions'),
    testDriver: true,
    env,
  });
  try {
    return await runServed(server, browser, workspace);
  } finally {
    await server.close();
  }
}

function journeysToRun(): (() => Promise<void>)[] {
  const exact = journeys.filter(({ name }) => name === chosen);
  const some = journeys.filter(({ name, byName }) => (chosen ? name.includes(chosen) : !byName));
  const wanted =
    exact.length > 0 ? exact : part === 'share' ? journeys.filter(({ name }) => share.includes(name)) : some;
  return wanted.map((journey) => async () => {
    const first = await oneTry(journey, '1');
    const failure = first.find(({ error }) => error !== undefined);
    if (failure) console.log(`RETRIED ${failure.name}\n${failure.error}`);
    for (const result of failure ? await oneTry(journey, '2') : first) report(result);
    if (failure) retried.push(journey.name);
  });
}

/** A way through a whole window fails at times for what the machine does meanwhile: a mistake fails twice. */
function oneTry(journey: Journey, name: string): Promise<Result[]> {
  return withBrowser((browser) => runJourney(journey, browser, join(folder, name)));
}

async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launchBrowser();
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

function report(result: Result): void {
  results.push(result);
  console.log(
    result.error === undefined ? `ok      ${result.name}` : `FAILED  ${result.name}\n${result.error}`,
  );
}
