import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type JsonSchemaValidator,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { AgentError } from '../agents/agentCloud.ts';
import { describeApplication } from '../agents/apply.ts';
import type { AgentScene, AgentTool } from '../agents/scene.ts';
import { agentTools, inWords, runTool } from '../agents/tools.ts';
import { productVersion } from '../version.ts';

export interface McpOptions {
  readonly scene: AgentScene;
  /** Applies without a question where the client cannot ask one. */
  readonly allowApply: boolean;
  readonly log: (line: string) => void;
}

/** For the model. */
const instructions =
  'Images, tasks and servers of a cloud, and manifests that describe them. To change something, plan it, tell the person what the plan says, and apply it by its id. Refusals name a rule; explain it before trying another way.';

/** The tools as a server of the Model Context Protocol, of both of its eras (2025 and 2026). */
export function createMcpServer(options: McpOptions): Server {
  const server = new Server(
    { name: 'cloud-images', title: 'Cloud Images', version: productVersion() },
    { capabilities: { tools: {} }, instructions, jsonSchemaValidator: { getValidator: acceptObjects } },
  );
  server.setRequestHandler('tools/list', async () => ({ tools: agentTools.map(toMcpTool) }));
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: input = {} } }, context) => {
    const tool = agentTools.find((one) => one.name === name);
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool '${name}'.`);
    const capabilities = readCapabilities(server, context);
    return callTool(tool, input, { ...options, context, capabilities });
  });
  return server;
}

interface ToolCall extends McpOptions {
  readonly context: ServerContext;
  readonly capabilities: ClientCapabilities | undefined;
}

async function callTool(
  tool: AgentTool,
  input: Readonly<Record<string, unknown>>,
  call: ToolCall,
): Promise<CallToolResult | InputRequiredResult> {
  const { scene, context, log } = call;
  try {
    const question = tool.effect === 'apply' ? await ask(input['plan'], call) : undefined;
    if (question) return question;
    const result = await runTool(tool, input, scene, {
      signal: context.mcpReq.signal,
      report: openReport(context),
    });
    log(`${tool.name}: done`);
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: { ...result } };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    log(`${tool.name}: ${error.message}`);
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}

/**
 * The question to the person before a plan is applied; undefined once they have said yes, and where `--allow-apply` says it for
 * a client that cannot ask. Throws AgentError where they say no.
 */
async function ask(
  plan: unknown,
  { scene, context, capabilities, allowApply }: ToolCall,
): Promise<InputRequiredResult | undefined> {
  const { question, calls } = await inWords(() => describeApplication(plan, scene));
  if (!canAsk(capabilities)) {
    if (allowApply) return undefined;
    throw new AgentError(
      'This client cannot ask the person, so nothing was changed. They can start the server with --allow-apply, or apply the manifests themselves: cloud-images apply PATH.',
    );
  }
  const key = `apply ${String(plan)}`;
  const answer = inputResponse(context.mcpReq.inputResponses, key);
  if (answer.kind === 'elicit') {
    if (answer.action === 'accept' && answer.content?.['apply'] === true) return undefined;
    throw new AgentError('The person said no. Nothing was changed. Ask them what they want instead.');
  }
  const message = `${question}\n\n${calls.join('\n')}`;
  const apply = { type: 'boolean', title: 'Apply', description: 'Make these calls', default: false } as const;
  return inputRequired({
    inputRequests: {
      [key]: inputRequired.elicit({
        message,
        requestedSchema: { type: 'object', properties: { apply }, required: ['apply'] },
      }),
    },
  });
}

function canAsk(capabilities: ClientCapabilities | undefined): boolean {
  const { elicitation } = capabilities ?? {};
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** Said with each request since 2026, at the beginning before. */
function readCapabilities(server: Server, { mcpReq }: ServerContext): ClientCapabilities | undefined {
  const said: Readonly<Record<string, ClientCapabilities | undefined>> = mcpReq.envelope ?? {};
  return said[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities();
}

/** Tells a client that asked for it how the work goes on. */
function openReport({ mcpReq }: ServerContext): (text: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let progress = 0;
  return (message) => {
    progress++;
    const params = { progressToken, progress, message };
    void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined); // it has gone
  };
}

function toMcpTool({ name, title, description, effect, input, output }: AgentTool): Tool {
  const readOnly = effect === 'read';
  return {
    name,
    title,
    description,
    inputSchema: input as unknown as Tool['inputSchema'],
    outputSchema: output as unknown as NonNullable<Tool['outputSchema']>,
    annotations: {
      title,
      readOnlyHint: readOnly,
      destructiveHint: !readOnly,
      idempotentHint: readOnly,
      openWorldHint: true,
    },
  };
}

/** The one answer that is asked for is read by `ask`; the SDK's own validator is 45 KB. */
function acceptObjects<T>(): JsonSchemaValidator<T> {
  return (input) =>
    typeof input === 'object' && input !== null
      ? { valid: true, data: input as T, errorMessage: undefined }
      : { valid: false, data: undefined, errorMessage: 'not an object' };
}
