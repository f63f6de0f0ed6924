import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeServer } from './codeServer.ts';

export interface VSCodeServer {
  readonly url: string;
  readonly port: number;
  /** Data folder of the editor: logs, settings, and the storage of extensions. */
  readonly data: string;
  /** The address of a window on a workspace folder. */
  window(folder: string, payload?: Record<string, string>): string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Fresh folder that the editor may write to. */
  readonly data: string;
  readonly extensions: string;
  /** Needed for payloads. Silences toasts: notifications then only stand in the notification centre. */
  readonly testDriver?: boolean;
  /** A secret that every page must know. */
  readonly token?: string;
  readonly port?: number;
  /** Settings of the machine, under those of user and workspace. */
  readonly settings?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  readonly log?: (text: string) => void;
}

/** Serves a VS Code on this machine's loopback, for as many windows as are opened on it. */
export async function serveVSCode(options: ServeOptions): Promise<VSCodeServer> {
  const vscode = await codeServer();
  await mkdir(options.extensions, { recursive: true });
  await mkdir(join(options.data, 'data', 'Machine'), { recursive: true });
  const settings = { ...quiet, ...options.settings };
  await writeFile(join(options.data, 'data', 'Machine', 'settings.json'), JSON.stringify(settings));
  const child = spawn(
    process.execPath,
    [
      join(vscode, 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
      ...(options.token ? ['--connection-token', options.token] : ['--without-connection-token']),
      ...['--accept-server-license-terms', '--disable-telemetry', '--disable-workspace-trust'],
      ...['--server-data-dir', options.data, '--extensions-dir', options.extensions],
      ...['--reconnection-grace-time', '5'],
      ...(options.testDriver ? ['--enable-smoke-test-driver'] : []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      // A Ctrl-C in the terminal must reach us alone: we end the server, in our order.
      detached: process.platform !== 'win32',
    },
  );
  const port = await listeningPort(child, options.log ?? (() => undefined));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    data: options.data,
    window: (folder, payload = {}) => {
      const page = new URL(url);
      if (options.token) page.searchParams.set('tkn', options.token);
      page.searchParams.set('folder', pathToFileURL(folder).pathname);
      const entries = Object.entries(payload).map(([name, path]) => [
        name,
        `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`,
      ]);
      if (entries.length > 0) page.searchParams.set('payload', JSON.stringify(entries));
      return page.href;
    },
    close: () => end(child),
  };
}

/** Nothing that greets, asks, updates or looks at the network. */
const quiet = {
  'chat.disableAIFeatures': true,
  'editor.cursorBlinking': 'solid',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'window.commandCenter': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
};

function listeningPort(child: ChildProcess, log: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (text: string): void => {
      log(text);
      if (output.length < 100_000) output += text;
      const port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`VS Code's server ended (${code}) before it served:\n${output}`)),
    );
  });
}

/** Ends the server and its extension hosts: politely, then by force when they do not follow. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const force = setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000);
  await ended;
  clearTimeout(force);
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
