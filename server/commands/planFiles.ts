import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RunPlan } from '../cloud/run/execute.ts';
import {
  isPlanText,
  type ReadStep,
  readPlan,
  type SavedPlan,
  writePlan,
} from '../cloud/run/saved/document.ts';
import type { Step } from '../cloud/run/steps.ts';
import { CommandError } from '../verbs/errors.ts';
import type { Connected } from './connection.ts';

/** Longest file that is looked into for a plan, in bytes. */
const longest = 256 * 2 ** 20;

/** Reads a plan where a path is one, by what it holds; undefined where it is anything else. Throws where it is a plan and cannot be read. */
export function findPlan(path: string): SavedPlan | undefined {
  const text = readPlanText(path);
  return text === undefined ? undefined : readPlan(text, path);
}

/** The text of a file that is a plan, sound or not. */
function readPlanText(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile() || status.size > longest) return undefined;
  const text = readFileSync(path, 'utf8');
  return isPlanText(text) ? text : undefined;
}

/** Reads a file that has to be a plan. Throws where it is none. */
export function requirePlan(path: string): SavedPlan {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw new CommandError('file/missing', `There is no file ${path}.`);
  if (!status.isFile()) throw new CommandError('plan/unusable', `${path} is no plan: it is not a file.`);
  return readPlan(readFileSync(path, 'utf8'), path);
}

/** Throws where a plan cannot be kept at a path, or would take the place of anything but a plan. */
export function requirePlanPlace(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory())
    throw new CommandError('file/exists', `-o ${path}: it is a folder. Name a file in it.`);
  if (status?.isFile() && readPlanText(path) === undefined)
    throw new CommandError(
      'file/exists',
      `-o ${path}: this file is there already and is no plan. Name another.`,
    );
  const folder = dirname(resolve(path));
  if (!existsSync(folder))
    throw new CommandError('file/missing', `-o ${path}: there is no folder ${folder}. Make it first.`);
}

/** Keeps a plan in a file. Throws PlanFileError where one of its steps cannot be kept. */
export async function savePlan(
  path: string,
  read: readonly ReadStep[],
  connected: Connected,
): Promise<SavedPlan> {
  const plan = await describePlan(read, connected, { isExact: true });
  writeFileSync(path, `${JSON.stringify(plan, null, 2)}\n`);
  return plan;
}

/** Describes a plan for a file or for a policy, which needs it neither exact nor with the hashes of disks. */
export function describePlan(
  read: readonly ReadStep[],
  { cloud, caller, choice, place, emulatorId, published }: Connected,
  { isExact }: { readonly isExact: boolean },
): Promise<SavedPlan> {
  const user = cloud.session.user.name;
  return writePlan(
    read,
    {
      place: {
        cloud: place,
        ...(emulatorId === undefined ? {} : { emulator: emulatorId }),
        region: cloud.region,
        account: caller.account,
        user,
      },
      profile: read[0]?.step.part.profile.name ?? published.profile,
      choice,
      manifests: [...new Set(read.map(({ step }) => step.part.path))],
    },
    { isExact },
  );
}

/** Pairs the steps of a plan with what was read for each. */
export function pairReads(
  { steps }: Pick<RunPlan, 'steps'>,
  reads: ReadonlyMap<Step, ReadStep['reads']>,
): ReadStep[] {
  return steps.map((step) => ({ step, reads: reads.get(step) ?? [] }));
}
