import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { emulatorId } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { AgentTools } from './tools.ts';

/** Offers the tools that package.json lists to language models, and the emulator to agents that speak MCP. What does the work is loaded when it is called. */
export function registerAgents(
  context: Context,
  { packageJSON }: vscode.Extension<unknown>,
): vscode.Disposable {
  let loaded: Promise<AgentTools> | undefined;
  const load = (): Promise<AgentTools> => {
    loaded ??= import('./tools.ts').then(({ openAgentTools }) => openAgentTools(context));
    return loaded;
  };
  const names: readonly string[] = packageJSON.contributes.languageModelTools.map(
    (tool: { readonly name: string }) => tool.name,
  );
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.lm.registerTool<object>(name, {
        prepareInvocation: async ({ input }) => (await load()).prepare(name, input),
        invoke: async ({ input }, token) => (await load()).invoke(name, input, token),
      }),
    ),
    provideMcpServer(context, packageJSON.version),
  );
}

/** Offers the command line as an MCP server on the emulator of this window. */
function provideMcpServer(context: Context, version: string): vscode.Disposable {
  const { emulator } = context;
  const changed = new vscode.EventEmitter<void>();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.lm.registerMcpServerDefinitionProvider('cloudImages.emulator', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => listMcpServers(context, version),
      resolveMcpServerDefinition: async () => {
        if (emulator.state.kind !== 'running') await emulator.start();
        return listMcpServers(context, version)[0];
      },
    }),
  );
}

/** How the server is started, by the Node that came with the editor; none in a workspace that is not trusted, or no folder. */
export function listMcpServers(
  { cli, emulator, source }: Pick<Context, 'cli' | 'emulator' | 'source'>,
  version: string,
): vscode.McpStdioServerDefinition[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!vscode.workspace.isTrusted || folder?.scheme !== 'file') return [];
  const server = new vscode.McpStdioServerDefinition(
    t('Cloud Images (emulator)'),
    process.execPath,
    [cli, 'mcp', `--emulator=${emulator.data}`, ...listChoices(source)],
    { ELECTRON_RUN_AS_NODE: '1' },
    version,
  );
  server.cwd = folder;
  return [server];
}

/** Region and user of the window, where it shows the emulator. */
function listChoices({ connection }: Context['source']): string[] {
  if (connection?.cloudId !== emulatorId) return [];
  const { region, session } = connection.cloud;
  return [`--region=${region}`, `--user=${session.user.name}`];
}
