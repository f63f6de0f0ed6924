import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { leanMemory } from '../../client/emulator/nodeEnvironment.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Peer {
  readonly name: string;
  readonly format: 'yaml' | 'json' | 'both';
  readonly command: () => readonly string[];
  readonly pull: boolean;
  readonly settings: (section: string) => unknown;
  /** What VS Code starts it with besides. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** An image's schema in a list is what the peers get; ours brings its own rules. */
const imageSchema: unknown = JSON.parse(readFileSync(join(root, 'schemas', 'image.json'), 'utf8'));
const patchSchema: unknown = JSON.parse(readFileSync(join(root, 'schemas', 'image-patch.json'), 'utf8'));
const listSchema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array', items: imageSchema };

export const ours: Peer = {
  name: 'cloud-images',
  format: 'both',
  command: () => [join(root, 'dist', 'server.js'), '--stdio'],
  pull: true,
  settings: () => null,
  environment: leanMemory,
};

export const peers: readonly Peer[] = [
  {
    name: 'yaml-language-server',
    format: 'yaml',
    command: () => [
      join(root, 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server'),
      '--stdio',
    ],
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
  {
    name: 'vscode-json (by pull)',
    format: 'json',
    command: () => [
      join(extracted(), 'node_modules', 'vscode-langservers-extracted', 'bin', 'vscode-json-language-server'),
      '--stdio',
    ],
    pull: true,
    settings: () => ({}),
  },
];

const version = '4.10.0';

/** VS Code's JSON server as npm has it; in the cache folder, since only this bench needs it. */
function extracted(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cloud-images');
  const folder = join(cache, `vscode-langservers-extracted-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, 'langservers-making-'));
  const wanted = `vscode-langservers-extracted@${version}`;
  execFileSync('npm', ['install', '--prefix', making, '--no-audit', '--no-fund', wanted], { stdio: 'pipe' });
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else another process was first
  }
  return folder;
}

export interface Started {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** A server that has answered `initialize`. */
export async function start(peer: Peer): Promise<Started> {
  const child = spawn(process.execPath, peer.command(), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...peer.environment },
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const schema = (uri: unknown) => JSON.stringify(String(uri).includes('patch') ? patchSchema : listSchema);
  connection.onRequest('workspace/configuration', ({ items }: { items: { section?: string }[] }) =>
    items.map(({ section }) => peer.settings(section ?? '')),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('custom/schema/content', schema);
  connection.onRequest('vscode/content', schema);
  connection.listen();
  const { capabilities } = await connection.sendRequest<Pick<Started, 'capabilities'>>('initialize', {
    processId: process.pid,
    rootUri: null,
    initializationOptions: { provideFormatter: false, handledSchemaProtocols: ['file'] },
    capabilities: {
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
      textDocument: {
        foldingRange: { lineFoldingOnly: true },
        documentSymbol: { hierarchicalDocumentSymbolSupport: true },
        ...(peer.pull ? { diagnostic: {} } : { publishDiagnostics: {} }),
      },
    },
  });
  return { child, connection, capabilities };
}

export async function ready({ connection }: Started, peer: Peer): Promise<void> {
  await connection.sendNotification('initialized', {});
  const schemas = [
    { fileMatch: ['*.image.json'], schema: listSchema },
    { fileMatch: ['*.image-patch.json'], schema: patchSchema },
  ];
  await connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { yaml: peer.settings('yaml'), json: { validate: { enable: true }, schemas } },
  });
}
