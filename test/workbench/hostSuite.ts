import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import type { VSCodeServer } from './server.ts';

const root = join(import.meta.dirname, '..', '..');
const bundle = join(root, 'test', '.out', 'suite', 'index.cjs');

export interface Result {
  readonly name: string;
  readonly error?: string;
}

/** Bundles the Mocha suite as the extension host loads it. */
export async function buildSuite(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'suite', 'index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  });
}

/** Runs the suite in the extension host of a served VS Code. */
export async function runServed(server: VSCodeServer, browser: Browser, workspace: string): Promise<number> {
  const page = await browser.newPage();
  const log: string[] = [];
  try {
    const ended = new Promise<number>((resolve) => {
      page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
        log.push(`${type}: ${args.map(String).join(' ')}`);
      });
      page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    });
    const timeout = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error(`The suite did not end.\n${log.slice(-40).join('\n')}`)),
        1_200_000, // it takes five minutes of two slow cores
      ).unref();
    });
    await page.goto(server.window(workspace, { extensionDevelopmentPath: root, extensionTestsPath: bundle }));
    return await Promise.race([ended, timeout]);
  } finally {
    await page.close();
  }
}

/**
 * Runs the suite in a desktop VS Code: the executable that `named` is, or one that is downloaded, `stable` or `minimum`: the
 * oldest that package.json admits.
 */
export async function runDesktop(
  named: string,
  workspace: string,
  env: Record<string, string>,
): Promise<number> {
  return runTests({
    ...chooseVSCode(named),
    extensionDevelopmentPath: root,
    extensionTestsPath: bundle,
    extensionTestsEnv: env,
    launchArgs: [workspace, '--disable-workspace-trust', '--disable-extensions', '--no-sandbox'],
  });
}

function chooseVSCode(named: string): { version: string } | { vscodeExecutablePath: string } {
  if (named === 'stable') return { version: named };
  if (named !== 'minimum') return { vscodeExecutablePath: named };
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { version: String(engines.vscode).replace(/^\^/, '') };
}

/** The file that the suite writes its results to, and how to read it. */
export async function resultsFile(): Promise<{ path: string; read(): Promise<Result[]> }> {
  const path = join(root, 'test', '.out', `results-${process.pid}.jsonl`);
  await mkdir(join(root, 'test', '.out'), { recursive: true });
  await rm(path, { force: true });
  return {
    path,
    read: async () => {
      const text = await readFile(path, 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): Result => JSON.parse(line));
    },
  };
}
