import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { cpuOf, median } from './cpu.ts';
import { ours, type Peer, peers, ready, type Started, start } from './editingPeers.ts';
import { type TextName, texts } from './editingTexts.ts';
import { residentOf } from './resident.ts';
import { record } from './results.ts';

const sizes = [1_000, 10_000, 100_000];
const header =
  'CPU/key min   median  completion    hover  worst of burst  all shown    open  idle → open → closed';

/** What a server says that it can do, and how it is asked. */
const shownBy = {
  semanticTokensProvider: 'textDocument/semanticTokens/full',
  documentSymbolProvider: 'textDocument/documentSymbol',
  foldingRangeProvider: 'textDocument/foldingRange',
  codeLensProvider: 'textDocument/codeLens',
  documentLinkProvider: 'textDocument/documentLink',
};

/** What editing costs, by size of the file, against the servers that editors have; milliseconds and megabytes. */
export async function benchEditing(): Promise<void> {
  await benchStart();
  for (const name of Object.keys(texts) as TextName[]) {
    const { path, make, ...rest } = texts[name];
    const server: Peer =
      'profile' in rest
        ? { ...ours, settings: (section) => (section === 'cloudImages' ? { profile: rest.profile } : null) }
        : ours;
    for (const lines of sizes) {
      const text = make(lines);
      console.log(`${name}, ${text.split('\n').length} lines`.padEnd(28) + header);
      const own = await measured(server, path, text);
      let beside = '';
      for (const peer of peers) {
        if (!path.endsWith(peer.format)) continue;
        const other = await measured(peer, path, text);
        console.log(`${''.padEnd(24)}ratio ${(other.key / own.key).toFixed(1)}\n`);
        beside = `${peer.name} ${other.key.toFixed(1)} ms a key, ${(other.key / own.key).toFixed(1)} ×`;
      }
      recordEditing(`${name}, ${lines} lines`, own, limitsOf(path, lines), beside);
    }
  }
  benchLint();
}

/** From the start of the process to the answer to `initialize`; the first start may leave compiled code for the others. */
async function benchStart(): Promise<void> {
  for (const peer of [ours, ...peers]) {
    const cpu: number[] = [];
    for (let times = 0; times < 9; times++) {
      const { child, connection } = await start(peer);
      cpu.push(cpuOf(child.pid ?? 0));
      if (times === 0) await new Promise((resolve) => setTimeout(resolve, 3000));
      connection.dispose();
      child.kill();
    }
    const least = Math.min(...cpu);
    console.log(`Start to initialize answer, ${peer.name}: ${least.toFixed(0)} ms CPU`);
    const most = peer === ours ? { most: 70 } : {};
    record({ what: `start to initialize, ${peer.name}`, value: least, unit: 'ms CPU', ...most });
  }
}

/** Prints a line, and returns what it says: milliseconds and MiB, the smallest CPU of a key first. */
async function measured(peer: Peer, path: string, text: string): Promise<Measured> {
  const started = await start(peer);
  const pid = started.child.pid ?? 0;
  await ready(started, peer);
  await warm(started, peer, path);
  const idle = Math.round(residentOf(pid));
  const before = performance.now();
  const editor = await openEditor(started, peer, path, text);
  const open = performance.now() - before;
  const afterOpen = residentOf(pid);
  const cpu: number[] = [];
  for (let key = 0; key < (text.length > 1_000_000 ? 14 : 40); key++) {
    const used = cpuOf(pid);
    await editor.type();
    cpu.push(cpuOf(pid) - used);
  }
  const completion = await editor.after('textDocument/completion');
  const hover = await editor.after('textDocument/hover');
  const burst = await editor.burst();
  const shown = await editor.show();
  const opened = Math.round(Math.max(afterOpen, residentOf(pid)));
  await editor.close();
  await new Promise((resolve) => setTimeout(resolve, 3000)); // what a server frees, it frees a while later
  const closed = Math.round(residentOf(pid));
  started.connection.dispose();
  started.child.kill();
  const least = Math.min(...cpu);
  const cells = [
    [least.toFixed(2), 11],
    [median(cpu).toFixed(2), 9],
    [completion.toFixed(1), 12],
    [hover.toFixed(1), 9],
    [burst.toFixed(0), 16],
    [shown.toFixed(1), 11],
    [open.toFixed(0), 8],
    [`${idle} → ${opened} → ${closed}`, 22],
  ] as const;
  console.log(peer.name.padEnd(28) + cells.map(([cell, width]) => cell.padStart(width)).join(''));
  return { key: least, completion, hover, burst, open, idle, opened, closed };
}

interface Measured {
  readonly key: number;
  readonly completion: number;
  readonly hover: number;
  readonly burst: number;
  readonly open: number;
  readonly idle: number;
  readonly opened: number;
  readonly closed: number;
}

type Limits = Partial<Omit<Measured, 'idle'>> & { readonly key: number };

/** What was promised of a format at a size. */
function limitsOf(path: string, lines: number): Limits {
  const isYaml = path.endsWith('yaml');
  const limits: Record<number, Limits> = {
    1000: { key: isYaml ? 3 : 1.5 },
    10000: {
      ...{ key: isYaml ? 3 : 5, completion: 10, hover: 10, burst: 50, open: isYaml ? 450 : 90 },
      ...{ opened: 150, closed: 20 },
    },
    100000: {
      ...{ key: isYaml ? 5 : 40, completion: 40, hover: 40, burst: 150 },
      ...{ opened: 450, closed: 20 },
    },
  };
  return limits[lines] ?? { key: Number.NaN };
}

function recordEditing(what: string, own: Measured, limits: Limits, peer: string): void {
  const entries = [
    ['a key', own.key, 'ms CPU', limits.key],
    ['completion', own.completion, 'ms', limits.completion],
    ['hover', own.hover, 'ms', limits.hover],
    ['worst of a burst', own.burst, 'ms', limits.burst],
    ['open to findings', own.open, 'ms', limits.open],
    ['resident, open', own.opened, 'MiB', limits.opened],
    ['resident, closed, over idle', own.closed - own.idle, 'MiB', limits.closed],
  ] as const;
  for (const [part, value, unit, most] of entries)
    if (most !== undefined)
      record({
        ...{ what: `${what}: ${part}`, value, unit, most },
        ...(part === 'a key' ? { peer } : {}),
      });
}

/** So that idle is that of a server that has worked before. */
async function warm(started: Started, peer: Peer, path: string): Promise<void> {
  const text = path.endsWith('yaml') ? '- name: team-1\n' : '[]';
  const editor = await openEditor(started, peer, `warm.${path}`, text);
  await editor.close();
}

async function openEditor(
  { connection, capabilities, child }: Started,
  peer: Peer,
  path: string,
  text: string,
) {
  const uri = `file:///bench/${path}`;
  const languageId = path.endsWith('yaml') ? 'yaml' : 'json';
  let document = TextDocument.create(uri, languageId, 1, text);
  const at = document.positionAt(Math.max(text.indexOf('team-', text.length / 2), 0) + 'team-'.length);
  let settle = diagnosed();
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId, version: 1, text },
  });
  await settle();

  /** Waits for the diagnostics of the text as it is: asked for, or pushed next. */
  function diagnosed(): () => Promise<unknown> {
    if (peer.pull) return () => connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
    const pushed = new Promise((resolve) => {
      const listener = connection.onNotification('textDocument/publishDiagnostics', (report) => {
        listener.dispose();
        resolve(report);
      });
    });
    return () => pushed;
  }

  async function key(): Promise<void> {
    const version = document.version + 1;
    const empty = version % 2 === 1;
    const change = {
      range: { start: at, end: empty ? { ...at, character: at.character + 1 } : at },
      text: empty ? '' : 'x',
    };
    document = TextDocument.update(document, [change], version);
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [change],
    });
  }

  const ask = (method: string) => connection.sendRequest(method, { textDocument: { uri }, position: at });

  return {
    async type(): Promise<void> {
      settle = diagnosed();
      await key();
      await settle();
    },
    /** The least wall time of a request that goes out with a key. */
    async after(method: string): Promise<number> {
      const times: number[] = [];
      for (let times_ = 0; times_ < 6; times_++) {
        const began = performance.now();
        settle = diagnosed();
        await key();
        await ask(method);
        times.push(performance.now() - began);
        await settle();
      }
      return Math.min(...times);
    },
    /** The longest that a hover takes while 30 keys come 40 ms apart, with diagnostics asked for after each. */
    async burst(): Promise<number> {
      const times: number[] = [];
      const pending: Promise<unknown>[] = [];
      for (let number = 0; number < 30; number++) {
        await key();
        if (peer.pull) pending.push(diagnosed()());
        if (number % 5 === 4) {
          const began = performance.now();
          pending.push(ask('textDocument/hover').then(() => times.push(performance.now() - began)));
        }
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      await Promise.allSettled(pending);
      return Math.max(...times);
    },
    /** The least CPU of all that an editor shows of a document besides, asked for after a key as VS Code does. */
    async show(): Promise<number> {
      const times: number[] = [];
      const methods = Object.entries(shownBy).filter(([ability]) => capabilities[ability]);
      for (let times_ = 0; times_ < 6; times_++) {
        settle = diagnosed();
        await key();
        await settle();
        const used = cpuOf(child.pid ?? 0);
        for (const [, method] of methods) await connection.sendRequest(method, { textDocument: { uri } });
        times.push(cpuOf(child.pid ?? 0) - used);
      }
      return Math.min(...times);
    },
    close: () => connection.sendNotification('textDocument/didClose', { textDocument: { uri } }),
  };
}

function benchLint(): void {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  const text = texts['YAML list'].make(30);
  for (const count of [1_000, 10_000]) {
    for (let at = 0; at < count; at++) writeFileSync(join(folder, `m${at}.image.yaml`), text);
    const began = performance.now();
    const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
    const path = JSON.stringify(cli);
    const code = `process.argv.splice(1, 0, ${path});process.on('exit', () => console.error(JSON.stringify(process.resourceUsage())));import(${path})`;
    const { stderr } = spawnSync(process.execPath, ['-e', code, '--', 'lint', folder], { encoding: 'utf8' });
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}');
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    record({
      what: `lint of ${count} manifests`,
      value: Number(seconds),
      unit: 's',
      ...(count === 10_000 ? { most: 4 } : {}),
      peer: `${Math.round(maxRSS / 1024)} MiB at most`,
    });
    const cpu = ((userCPUTime + systemCPUTime) / 1e6).toFixed(1);
    console.log(
      `lint of ${count} manifests of 30 lines: ${seconds} s, ${cpu} s CPU, ${Math.round(maxRSS / 1024)} MB at most`,
    );
  }
  rmSync(folder, { recursive: true });
}
