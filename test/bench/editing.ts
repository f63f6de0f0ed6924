import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { cpuOf, median } from './cpu.ts';

const root = join(import.meta.dirname, '..', '..');
const edits = 60;
const uri = 'file:///bench/fleet.image.yaml';

interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly languageId: string;
  readonly pull: boolean;
  readonly settings: (section: string) => unknown;
}

/** A list of images is the JSON Schema that yaml-language-server gets; ours brings its own rules. */
const imageSchema: unknown = JSON.parse(readFileSync(join(root, 'schemas', 'image.json'), 'utf8'));
const listSchema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array', items: imageSchema };

const peers: readonly Peer[] = [
  {
    name: 'cloud-images',
    command: [join(root, 'dist', 'server.js'), '--stdio'],
    languageId: 'image-manifest',
    pull: true,
    settings: () => null,
  },
  {
    name: 'yaml-language-server',
    command: [join(root, 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server'), '--stdio'],
    languageId: 'yaml',
    pull: false,
    settings: (section) =>
      section === 'yaml'
        ? {
            validate: true,
            schemas: { 'file:///bench/schema.json': ['*.yaml'] },
            schemaStore: { enable: false },
          }
        : {},
  },
];

/** CPU from a key to its diagnostics, in a manifest of about 1,000 lines, one letter at a time. */
export async function benchEditing(): Promise<void> {
  const text = fleet(100);
  console.log(
    `Key to diagnostics, ${text.split('\n').length - 1} lines of YAML, ${edits} edits of one letter`,
  );
  console.log(
    `${'server'.padEnd(24)}${'CPU/edit min'.padStart(14)}${'median'.padStart(10)}${'wall median'.padStart(14)}   ms`,
  );
  const results: { name: string; minimum: number }[] = [];
  for (const peer of peers) {
    const { cpu, wall } = await measure(peer, text);
    const minimum = Math.min(...cpu);
    results.push({ name: peer.name, minimum });
    console.log(
      `${peer.name.padEnd(24)}${minimum.toFixed(2).padStart(14)}${median(cpu).toFixed(2).padStart(10)}${median(wall).toFixed(1).padStart(14)}`,
    );
  }
  const [ours, theirs] = results;
  if (ours && theirs)
    console.log(
      `Ratio of the minimum, ${theirs.name} / ${ours.name}: ${(theirs.minimum / ours.minimum).toFixed(2)}\n`,
    );
}

async function measure(peer: Peer, text: string): Promise<{ cpu: number[]; wall: number[] }> {
  const child = spawn(process.execPath, peer.command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = await connect(child, peer);
  let document = TextDocument.create(uri, peer.languageId, 1, text);
  let settle = diagnosticsOf(connection, peer, 1);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: peer.languageId, version: 1, text },
  });
  await settle();
  const cpu: number[] = [];
  const wall: number[] = [];
  const at = document.positionAt(text.indexOf('team-50') + 'team-50'.length);
  for (let edit = 0; edit < edits; edit++) {
    const range =
      edit % 2 === 0 ? { start: at, end: at } : { start: at, end: { ...at, character: at.character + 1 } };
    const change = { range, text: edit % 2 === 0 ? 'x' : '' };
    document = TextDocument.update(document, [change], edit + 2);
    const [cpuBefore, wallBefore] = [cpuOf(child.pid ?? 0), performance.now()];
    settle = diagnosticsOf(connection, peer, edit + 2);
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: edit + 2 },
      contentChanges: [change],
    });
    await settle();
    wall.push(performance.now() - wallBefore);
    cpu.push(cpuOf(child.pid ?? 0) - cpuBefore);
  }
  connection.dispose();
  child.kill();
  return { cpu, wall };
}

/** Waits for the diagnostics of the text as it is: asked for, or pushed next. */
function diagnosticsOf(
  connection: MessageConnection,
  { pull }: Peer,
  _version: number,
): () => Promise<unknown> {
  if (pull) return () => connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
  const pushed = new Promise((resolve) => {
    const listener = connection.onNotification('textDocument/publishDiagnostics', (report) => {
      listener.dispose();
      resolve(report);
    });
  });
  return () => pushed;
}

async function connect(child: ChildProcess, peer: Peer): Promise<MessageConnection> {
  if (!child.stdout || !child.stdin) throw new Error(`${peer.name} has no standard streams.`);
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest('workspace/configuration', ({ items }: { items: { section?: string }[] }) =>
    items.map(({ section }) => peer.settings(section ?? '')),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('custom/schema/content', () => JSON.stringify(listSchema));
  connection.onRequest('vscode/content', () => JSON.stringify(listSchema));
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
      textDocument: peer.pull ? { diagnostic: {} } : { publishDiagnostics: {} },
    },
  });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { yaml: peer.settings('yaml') },
  });
  return connection;
}

/** Ten lines an image, none with a problem. */
function fleet(images: number): string {
  return Array.from({ length: images }, (_, at) =>
    [
      `- name: web-${at}`,
      '  visibility: private',
      '  min_disk: 20',
      '  min_ram: 512',
      '  tags:',
      `    - web_${at}`,
      '    - production',
      '  os_distro: debian',
      `  com.example.team: team-${at}`,
      `  com.example.release: "${at}"`,
      '',
    ].join('\n'),
  ).join('');
}
