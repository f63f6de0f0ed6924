import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport } from 'vscode-languageserver';
import { nameParts } from '../../../server/manifests/kinds.ts';
import { rules } from '../../../server/rules/evaluate.ts';
import { projectName } from '../../../server/workspace/projectFile.ts';
import { startLanguageServer } from '../../tools/languageServer.ts';
import { makeDemo } from '../demo.ts';
import type { Journey } from '../journey.ts';

/** Without Node: the language server in a web worker judges the examples of all rules, and disks, as the one on Node does. */
export const browserJourney: Journey = {
  name: 'browser',
  inBrowser: true,
  settings: {
    'workbench.startupEditor': 'none',
    // Otherwise VS Code switches its chat off while it starts, and stops the extensions that it has not listed yet: this one.
    'chat.disableAIFeatures': false,
  },
  prepare: async (folder) => {
    await makeDemo(folder);
    await writeExamples(folder);
  },
  run: async ({ step, page, workbench, workspace }) => {
    const wanted = await judgeOnNode(workspace);

    await step('a manifest is judged, without lenses that need a cloud', async () => {
      await workbench.openFile('web.image.yaml');
      const lens = page.locator('.codelens-decoration', { hasText: 'Image, by the name of the file' });
      await lens.waitFor({ timeout: 60_000 });
      assert.equal(await workbench.lens(/^(Plan|Apply)$/).count(), 0);
      await page.locator('.squiggly-warning').first().waitFor();
    });

    await step('every example has the findings that it has on Node', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await workbench.command('Problems: Focus on Problems View');
      const rows = page.locator('.markers-panel .monaco-list-row');
      await rows.first().waitFor();
      let found: string[] = [];
      const end = Date.now() + 180_000;
      while (found.length < wanted.length && Date.now() < end) {
        await rows.first().click();
        await page.keyboard.press('Control+A');
        await page.keyboard.press('Control+C');
        await page.waitForTimeout(500); // the copy has no end that could be seen
        found = readCopied(await page.evaluate('navigator.clipboard.readText()'), workspace);
      }
      assert.deepEqual(found, wanted);
      assert.ok(wanted.length > rules.length, `${wanted.length} findings of ${rules.length} rules`);
    });

    await step('a quick fix repairs a mistake', async () => {
      await workbench.openFile('mistakes.image-import.yaml');
      await workbench.focusEditor();
      await workbench.openFixes("Remove 'os_type'");
      await page.keyboard.press('Enter');
      await page.locator('.view-lines', { hasText: 'os_type' }).waitFor({ state: 'detached' });
    });

    await step('a disk says where it is shown, and no view waits for what is not there', async () => {
      await workbench.openFile('web.vhd');
      await (await workbench.frame('Disk Viewer')).getByText('A browser checks manifests only.').waitFor();
      assert.equal(await page.getByRole('tab', { name: 'Cloud Requests' }).count(), 0);
    });

    await step('the sidebar says where the rest is to be had, and so does each command', async () => {
      await workbench.command('Cloud Images: Focus on Images View');
      await page.locator('.welcome-view-content', { hasText: 'A browser checks manifests' }).waitFor();
      await workbench.command('Cloud Images: Start the Emulator');
      await workbench.notification('A browser checks manifests only.').waitFor();
    });
  },
};

/** A folder a rule, with the manifest that it marks and the one that it leaves alone. */
async function writeExamples(folder: string): Promise<void> {
  // Hints do not stand among the problems, so each is made a warning.
  const severities = Object.fromEntries(rules.map(({ id }) => [id, 'warning']));
  await writeFile(join(folder, projectName), JSON.stringify({ severities }));
  for (const { id, profile, example } of rules) {
    const of = join(folder, 'examples', id.replace('/', '-'));
    await mkdir(of, { recursive: true });
    if (profile) await writeFile(join(of, projectName), JSON.stringify({ profile, severities }));
    for (const name of ['bad', 'good'] as const)
      await writeFile(join(of, `${name}.${nameParts[example.kind]}.yaml`), example[name]);
  }
}

/** `path line:column rule message` of each finding in a folder, in order. */
async function judgeOnNode(folder: string): Promise<string[]> {
  const server = await startLanguageServer({ root: folder, commands: false });
  const { items } = await server.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', {
    previousResultIds: [],
  });
  await server.close();
  const base = pathToFileURL(folder).pathname;
  return items
    .flatMap((report: WorkspaceDocumentDiagnosticReport) =>
      report.kind === 'full'
        ? report.items.map(({ range, code, message }) =>
            describe(
              new URL(report.uri).pathname.slice(base.length),
              range.start.line + 1,
              range.start.character + 1,
              code,
              message,
            ),
          )
        : [],
    )
    .sort();
}

interface Marker {
  readonly resource: string;
  readonly owner: string;
  readonly code?: string | { readonly value: string };
  readonly message: string;
  readonly startLineNumber: number;
  readonly startColumn: number;
}

function readCopied(text: unknown, folder: string): string[] {
  const markers: Marker[] = JSON.parse(String(text));
  return markers
    .map(({ resource, code, message, startLineNumber, startColumn }) =>
      describe(
        resource.slice(folder.length),
        startLineNumber,
        startColumn,
        typeof code === 'object' ? code.value : code,
        message,
      ),
    )
    .sort();
}

function describe(path: string, line: number, column: number, code: unknown, message: unknown): string {
  return `${path} ${line}:${column} ${code} ${message}`;
}
