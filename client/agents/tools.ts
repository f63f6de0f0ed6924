import * as vscode from 'vscode';
import { AgentError } from '../../server/agents/agentCloud.ts';
import { describeApplication } from '../../server/agents/apply.ts';
import { openPlanBook } from '../../server/agents/planBook.ts';
import { type AgentScene, type Allowance, allowances } from '../../server/agents/scene.ts';
import { agentTools, inWords, runTool } from '../../server/agents/tools.ts';
import { openJudge } from '../../server/lint/judge.ts';
import { emulatorId } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import { openFolders } from '../manifests/workspace.ts';

/** The tools as language models in the editor call them. */
export interface AgentTools {
  /** What the person is shown before: of apply each HTTP call, and the question. */
  prepare(name: string, input: object): Promise<vscode.PreparedToolInvocation>;
  /** Throws what a model is told. */
  invoke(
    name: string,
    input: object,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult>;
}

export function openAgentTools(context: Context): AgentTools {
  const scene = openScene(context);
  /** The plans whose calls a person was shown. */
  const shown = new Set<string>();
  return {
    prepare: async (name, input) => {
      const { title, effect } = findTool(name);
      if (effect !== 'apply' || !vscode.workspace.isTrusted) return { invocationMessage: title };
      const plan = 'plan' in input ? String(input.plan) : '';
      try {
        const { question, calls } = await inWords(() => describeApplication(plan, scene));
        shown.add(plan);
        const message = new vscode.MarkdownString().appendCodeblock(calls.join('\n'), 'http');
        return { invocationMessage: title, confirmationMessages: { title: question, message } };
      } catch (error) {
        if (error instanceof AgentError) return { invocationMessage: title }; // `invoke` says it to the model
        throw error;
      }
    },
    invoke: async (name, input, token) => {
      const tool = findTool(name);
      requireTrust();
      if (tool.effect === 'apply' && 'plan' in input && !shown.delete(String(input.plan)))
        await requirePlan(String(input.plan), scene);
      const abort = new AbortController();
      const listening = token.onCancellationRequested(() => abort.abort(new vscode.CancellationError()));
      try {
        const run = { signal: abort.signal, report: (text: string) => context.log.info(`${name}: ${text}`) };
        const result = await runTool(tool, input, scene, run);
        const text = new vscode.LanguageModelTextPart(JSON.stringify(result));
        return new vscode.LanguageModelToolResult([text]);
      } finally {
        listening.dispose();
      }
    },
  };
}

function findTool(name: string): (typeof agentTools)[number] {
  const tool = agentTools.find((one) => one.name === name);
  if (tool) return tool;
  throw new Error(`package.json lists '${name}', which is no tool for agents.`);
}

function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new AgentError('The person has not trusted this workspace, so agents may not work in it.');
}

/** Throws AgentError: that there is no such plan, or else that nobody was asked about it. */
async function requirePlan(plan: string, scene: AgentScene): Promise<never> {
  await inWords(() => describeApplication(plan, scene));
  throw new AgentError('The person was not asked about this plan. Call cloud_images_apply once more.');
}

function openScene(context: Context): AgentScene {
  const { source } = context;
  return {
    place: () => ({ isSandbox: source.isSandbox, label: source.label }),
    connect: async () => {
      requireTrust();
      const { id, label } = source;
      const { cloud, caller, control, taskInterval, cloudId } = await source.connect();
      if (cloudId !== id || source.id !== id)
        throw new AgentError('Another cloud was chosen meanwhile. Call the tool again.');
      return {
        cloud,
        caller,
        interval: taskInterval,
        ...(control ? { control } : {}),
        isSandbox: cloudId === emulatorId,
        key: cloudId,
        label,
        choice: source.commandLine ?? { region: cloud.region, user: cloud.session.user.name },
      };
    },
    openWorkspace: () => openFolders(context),
    roots: listFolders,
    judge: (path, bytes) =>
      openJudge({
        fix: false,
        kind: undefined,
        profile: undefined,
        requireDisks: false,
        workspace: openFolders(context),
      }).text(path, bytes),
    allowance: readAllowance,
    remedy: 'the setting cloudImages.agents.realClouds allows it',
    plans: openPlanBook(),
  };
}

function listFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
    uri.scheme === 'file' ? [uri.fsPath] : [],
  );
}

function readAllowance(): Allowance {
  const said = vscode.workspace.getConfiguration('cloudImages').get('agents.realClouds');
  return allowances.find((one) => one === said) ?? 'none';
}
