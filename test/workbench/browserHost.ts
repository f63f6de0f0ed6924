import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';

const root = join(import.meta.dirname, '..', '..');
const folder = '/extension-of-this-checkout';

/**
 * Adds this checkout to the windows of a served VS Code as an extension of the page itself, as vscode.dev has them: it then runs
 * in the extension host that is a web worker. The page and the extension's files are answered on their way to the browser.
 */
export async function addBrowserExtension(context: BrowserContext, port: number): Promise<void> {
  await context.route(
    ({ pathname, port: asked }) => pathname === '/' && asked === String(port),
    async (route) => {
      const answer = await route.fetch();
      const html = await answer.text();
      const [whole, before, text] = settingsOfPage.exec(html) ?? [];
      if (whole === undefined || text === undefined) return route.fulfill({ response: answer });
      const settings: Record<string, unknown> = JSON.parse(text.replaceAll('&quot;', '"'));
      settings['additionalBuiltinExtensions'] = [
        { scheme: 'http', authority: `127.0.0.1:${port}`, path: folder },
      ];
      const changed = `${before}${JSON.stringify(settings).replaceAll('"', '&quot;')}"`;
      await route.fulfill({ response: answer, body: html.replace(whole, () => changed) });
    },
  );
  await context.route(`**${folder}/**`, (route) => {
    const path = join(root, new URL(route.request().url()).pathname.slice(folder.length));
    return route.fulfill(existsSync(path) ? { path } : { status: 404 });
  });
}

const settingsOfPage = /(id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/;
