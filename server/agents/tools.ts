import { CloudError } from '../cloud/session/errors.ts';
import type { JsonObject } from '../rules/json.ts';
import { AgentError } from './agentCloud.ts';
import { applyTool } from './apply.ts';
import { explainTool } from './explain.ts';
import { lintTool } from './lint.ts';
import { listTool, showTool } from './look.ts';
import { planTool } from './plan.ts';
import { readInput } from './readInput.ts';
import { cleanResult, shorten } from './results.ts';
import type { AgentScene, AgentTool, ToolRun } from './scene.ts';

/** What agents can do; VS Code and MCP offer the same. */
export const agentTools: readonly AgentTool[] = [
  listTool,
  showTool,
  explainTool,
  lintTool,
  planTool,
  applyTool,
];

/** Runs a tool. Throws AgentError; secrets are left out. */
export async function runTool(
  tool: AgentTool,
  input: unknown,
  scene: AgentScene,
  run: ToolRun,
): Promise<JsonObject> {
  return inWords(
    async () => cleanResult(await tool.run(readInput(input, tool.input), scene, run)),
    run.signal,
  );
}

/** Does a work of the tools. Throws AgentError in words for a model, whatever went wrong. */
export async function inWords<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw new AgentError(shorten(error instanceof AgentError ? error.message : describe(error)));
  }
}

/** A cloud's words are marked as such. */
function describe(error: unknown): string {
  if (!(error instanceof CloudError)) return error instanceof Error ? error.message : String(error);
  const { method, url, status, text, rule } = error;
  if (status === 0) return text;
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  return `${method} ${path} → ${status}. The cloud says: ${text}${rule === undefined ? '' : ` (${rule})`}`;
}
