import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pseudo } from '../tools/pseudo.ts';
import { addBrowserExtension } from './browserHost.ts';
import { stopEmulatorOf } from './emulatorLock.ts';
import { extensionFolder, translatedFolder } from './extensionFolder.ts';
import type { Result } from './hostSuite.ts';
import { installExtension } from './packages.ts';
import { serveVSCode, type VSCodeServer } from './server.ts';
import { Workbench } from './workbench.ts';

/** A way of a person through the window of VS Code, step by step. */
export interface Journey {
  readonly name: string;
  /** Settings of the person, not of the workspace. */
  readonly settings?: Record<string, unknown>;
  /** It is run where its name is given, and not with all others. */
  readonly byName?: true;
  /** The extension runs in the page, in a web worker, and not on the machine. */
  readonly inBrowser?: true;
  /** The editor's display language, into which `pseudo` translates the extension. */
  readonly language?: string;
  /** The package that is installed in place of this checkout. */
  readonly install?: () => Promise<string>;
  /** Makes the workspace folder that the window opens. */
  prepare(folder: string, data: string): Promise<void>;
  run(journey: JourneyContext): Promise<void>;
}

export interface JourneyContext {
  readonly page: Page;
  readonly workbench: Workbench;
  readonly workspace: string;
  /** The data folder of the editor. */
  readonly data: string;
  /** One step: named, and kept as a picture when it is done. */
  step(name: string, does: () => Promise<void>): Promise<void>;
  /** One more window of the same editor. */
  openWindow(folder: string): Promise<Page>;
  /** Ends the editor, installs a package over the present extension, and opens the window again. */
  upgrade(vsix: string): Promise<Page>;
  /** One more picture, within a step. */
  picture(name: string): Promise<void>;
}

/** Runs a journey in a window of its own. The steps after one that failed are not tried. */
export async function runJourney(journey: Journey, browser: Browser, folder: string): Promise<Result[]> {
  const results: Result[] = [];
  const workspace = join(folder, journey.name, 'workspace');
  const data = join(folder, journey.name, 'server');
  const pictures = join(import.meta.dirname, '..', '.out', 'screenshots');
  const theme = process.env['CLOUD_IMAGES_THEME'];
  await mkdir(workspace, { recursive: true });
  await journey.prepare(workspace, data);
  const extensions = join(folder, journey.name, 'extensions');
  if (journey.install) await installExtension(await journey.install(), { extensions, data });
  else if (journey.language) await translatedFolder(extensions, journey.language, pseudo);
  else if (!journey.inBrowser) await extensionFolder(extensions);
  const serve = (port = 0): Promise<VSCodeServer> =>
    serveVSCode({
      data,
      extensions,
      port,
      env: { HOME: data }, // what outlives a run is kept in the person's home
      settings: { ...journey.settings, ...(theme === undefined ? {} : { 'workbench.colorTheme': theme }) },
    });
  let server = await serve();
  // Windows of one browser: they share what the editor keeps in it.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  if (journey.inBrowser) await addBrowserExtension(context, server.port);
  if (journey.language)
    await context.addInitScript((language) => {
      Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: language }); // as the editor's own translation does
    }, journey.language);
  context.setDefaultTimeout(60_000); // a window that is busy answers late
  const pages: Page[] = [];
  const seen = async (): Promise<string> => {
    const texts = pages.map((page, at) =>
      new Workbench(page).texts().then(
        (text) => `Window ${at + 1} shows\n${text}`,
        (error) => `Window ${at + 1} cannot be read: ${error}`,
      ),
    );
    return (await Promise.all(texts)).join('\n');
  };
  const openWindow = async (of: string): Promise<Page> => {
    const page = await context.newPage();
    pages.push(page);
    await page.goto(server.window(of));
    await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
    return page;
  };
  try {
    const page = await openWindow(workspace);
    const lastPage = (): Page =>
      pages.findLast((one) => !one.isClosed() && one.url() !== 'about:blank') ?? page;
    await journey.run({
      openWindow,
      upgrade: async (vsix) => {
        for (const one of pages) await one.close();
        await stopEmulatorOf(data);
        await server.close();
        await installExtension(vsix, { extensions, data });
        server = await serve(server.port);
        return openWindow(workspace);
      },
      page,
      workbench: new Workbench(page),
      workspace,
      data,
      picture: async (name) => {
        await lastPage().screenshot({ path: join(pictures, `${journey.name}-${name}.png`) });
      },
      step: async (name, does) => {
        const label = `${journey.name}: ${name}`;
        const picture = `${journey.name}-${String(results.length + 1).padStart(2, '0')}`;
        try {
          await does();
          results.push({ name: label });
        } catch (error) {
          const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
          results.push({ name: label, error: `${message}\n${await seen()}` });
          throw new StepFailed();
        } finally {
          await lastPage().waitForTimeout(300); // for the picture alone: what slides in has then arrived
          await lastPage().screenshot({ path: join(pictures, `${picture}.png`) });
        }
      },
    });
  } catch (error) {
    if (!(error instanceof StepFailed))
      results.push({
        name: journey.name,
        error: error instanceof Error ? (error.stack ?? '') : String(error),
      });
  } finally {
    await context.close();
    await stopEmulatorOf(data);
    await server.close();
  }
  return results;
}

/** Ends a journey whose failure is reported already. */
class StepFailed extends Error {}
