import type { Judge } from '../lint/judge.ts';
import type { Json, JsonObject } from '../rules/json.ts';
import { type AgentCloud, AgentError, readOnly } from './agentCloud.ts';
import type { ManifestPlace } from './manifests.ts';
import type { PlanBook } from './planBook.ts';
import type { ObjectSchema } from './readInput.ts';

/** What agents may do in clouds where something can be lost. In an emulator they may do all. */
export const allowances = ['none', 'read', 'apply'] as const;
export type Allowance = (typeof allowances)[number];

/** What the tools work with; each of their doors makes its own. */
export interface AgentScene extends ManifestPlace {
  /** The cloud that `connect` leads to, before anybody signs in. */
  place(): Pick<AgentCloud, 'isSandbox' | 'label'>;
  /** Signs in where that is needed. Throws CloudError. */
  connect(): Promise<AgentCloud>;
  /** Judges a text that stands at a path. */
  readonly judge: Judge['text'];
  readonly allowance: () => Allowance;
  /** How a person allows more, as a clause: `the setting … allows it`. */
  readonly remedy: string;
  readonly plans: PlanBook;
}

/** One call of a tool. */
export interface ToolRun {
  readonly signal?: AbortSignal | undefined;
  /** Told what is under way. */
  report(text: string): void;
}

/** What an agent can do. Both doors offer it under its name. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  /** For a model. */
  readonly description: string;
  /** `apply` changes the cloud; the others read alone. */
  readonly effect: 'read' | 'apply';
  readonly input: ObjectSchema;
  readonly output: ObjectSchema;
  run(input: Readonly<Record<string, Json>>, scene: AgentScene, run: ToolRun): Promise<JsonObject>;
}

/**
 * Connects for a purpose. Throws AgentError where a person has not allowed that of a real cloud. What is read or planned gets a
 * cloud that makes no request but GET and HEAD.
 */
export async function connectFor(purpose: 'read' | 'apply', scene: AgentScene): Promise<AgentCloud> {
  requireAllowed(purpose, scene.place(), scene);
  const found = await scene.connect();
  requireAllowed(purpose, found, scene); // another cloud may be shown by now
  return purpose === 'apply' ? found : readOnly(found);
}

/** Throws AgentError where a person has not allowed that. */
function requireAllowed(
  purpose: 'read' | 'apply',
  { isSandbox, label }: Pick<AgentCloud, 'isSandbox' | 'label'>,
  { allowance, remedy }: AgentScene,
): void {
  if (isSandbox || allowance() === 'apply' || allowance() === purpose) return;
  const what = purpose === 'read' ? 'read' : 'change';
  throw new AgentError(
    `Agents may not ${what} ${label}: it is no emulator. Ask the person: ${remedy}. Do not look for another way.`,
  );
}
