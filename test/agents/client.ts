import { join } from 'node:path';
import { after } from 'node:test';
import { type CallToolResult, Client, type ElicitResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Cli } from '../commands/cli.ts';

/** `cloud-images mcp`, and a client of the SDK that speaks to it as agents do. */
export interface McpClient {
  readonly client: Client;
  /** The questions that the person was asked. */
  readonly questions: string[];
  /** What the server wrote beside the protocol. */
  log(): string;
  /** The structured result. Throws with the text of a refusal. */
  call(name: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The text of a refusal. */
  refusal(name: string, input?: Record<string, unknown>): Promise<string>;
}

export const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Since 2026 a client says with each request what it is; before, it says so at the beginning. */
export const eras = ['2025', '2026'] as const;

/** `person`: how they answer a question; without one the client cannot ask. */
export async function openMcp(
  { workspace, home }: Cli,
  args: readonly string[],
  {
    person,
    era = '2025',
    env = {},
  }: {
    person?: () => ElicitResult | Promise<ElicitResult>;
    era?: (typeof eras)[number];
    env?: Record<string, string>;
  } = {},
): Promise<McpClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, 'mcp', ...args],
    cwd: workspace,
    env: { HOME: home, USERPROFILE: home, PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (text: Buffer) => {
    log += text.toString();
  });
  const client = new Client(
    { name: 'test', version: '1' },
    {
      capabilities: person ? { elicitation: { form: {} } } : {},
      ...(era === '2026' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}),
    },
  );
  const questions: string[] = [];
  if (person)
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      questions.push(params.message);
      return person();
    });
  await client.connect(transport);
  after(() => client.close());
  const answer = async (name: string, input: Record<string, unknown>): Promise<CallToolResult> =>
    client.callTool({ name, arguments: input });
  const textOf = ({ content }: CallToolResult): string =>
    content.map((one) => (one.type === 'text' ? one.text : '')).join('');
  return {
    client,
    questions,
    log: () => log,
    call: async (name, input = {}) => {
      const result = await answer(name, input);
      if (result.isError) throw new Error(textOf(result));
      return result.structuredContent as Record<string, unknown>;
    },
    refusal: async (name, input = {}) => {
      const result = await answer(name, input);
      if (!result.isError) throw new Error(`Not refused: ${textOf(result)}`);
      return textOf(result);
    },
  };
}

export const yes = (): ElicitResult => ({ action: 'accept', content: { apply: true } });
export const no = (): ElicitResult => ({ action: 'decline' });
