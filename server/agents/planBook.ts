import { createHash, randomUUID } from 'node:crypto';
import type { RunPlan } from '../cloud/run/execute.ts';
import { type AgentCloud, AgentError } from './agentCloud.ts';
import type { PlannedCall } from './calls.ts';
import type { AgentManifests } from './manifests.ts';

/** A plan that an agent was shown, and may have carried out once. */
export interface KeptPlan {
  readonly id: string;
  readonly manifests: AgentManifests;
  readonly plan: RunPlan;
  /** The image that patches and exports without one of their own mean. */
  readonly image?: string;
  /** What a person is shown before. */
  readonly calls: readonly PlannedCall[];
  readonly summary: string;
  /** Cloud, account and region, for people. */
  readonly place: string;
  /** Which cloud, account, user and region it is for. */
  readonly placeKey: string;
  /** Milliseconds of the clock. */
  readonly expires: number;
}

/** The plans that can be applied. */
export interface PlanBook {
  keep(plan: Omit<KeptPlan, 'id' | 'expires'>): KeptPlan;
  /** Throws AgentError where it has expired, was applied, or never was. */
  find(id: string): KeptPlan;
  /** Finds it, and forgets it: what is applied is planned again before it is applied again. */
  take(id: string): KeptPlan;
}

/** Milliseconds that a plan can be applied: as long as somebody needs to read it. */
export const planLife = 15 * 60_000;
const maximumPlans = 20;

export function openPlanBook(now: () => number = Date.now): PlanBook {
  const plans = new Map<string, KeptPlan>();
  const find = (id: string): KeptPlan => {
    const plan = plans.get(id);
    if (plan && plan.expires > now()) return plan;
    plans.delete(id);
    throw new AgentError(`There is no plan '${id}': it was applied, it expired, or never was. Plan again.`);
  };
  return {
    keep: (made) => {
      const plan = { ...made, id: nameOf(made), expires: now() + planLife };
      plans.set(plan.id, plan);
      const [oldest] = plans.keys();
      if (plans.size > maximumPlans && oldest !== undefined) plans.delete(oldest);
      return plan;
    },
    find,
    take: (id) => {
      const plan = find(id);
      plans.delete(id);
      return plan;
    },
  };
}

/** Its calls are part of its name, so that none can stand for other calls; nobody guesses the rest. */
function nameOf({ calls, placeKey }: Pick<KeptPlan, 'calls' | 'placeKey'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([placeKey, calls]))
    .digest('hex');
  return `plan-${digest.slice(0, 12)}-${randomUUID().slice(0, 8)}`;
}

export function keyOf({ key, caller, cloud }: AgentCloud): string {
  return JSON.stringify([key, cloud.region, caller.account, cloud.session.user.name]);
}
