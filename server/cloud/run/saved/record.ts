import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keptFolder, readKept, writeDurably } from '../durable.ts';
import type { SavedPlan } from './document.ts';

/** How far a plan has come, kept in ~/.cloud-images/plans before and after each of its calls. */
export interface PlanRecord {
  readonly version: 1;
  readonly plan: string;
  /** The plan's file as it was called. */
  readonly file: string;
  /** ISO 8601. */
  readonly begun: string;
  readonly ended?: string;
  readonly state: 'running' | 'stopped' | 'done' | 'undone';
  /** Why it stopped. */
  readonly reason?: string;
  /** Its undo file, once there is something to undo. */
  readonly undo: string;
  /** Steps before this one are done, from 0. */
  readonly step: number;
  /** Calls of this step that were answered. */
  readonly calls: number;
  /** The next call was sent, and its answer is not noted; `tasks` were the newest before. */
  readonly asked?: { readonly tasks?: readonly string[] };
  /** What steps have made, by their number from 1. */
  readonly made: Readonly<Record<string, string>>;
}

export function recordPath({ id }: SavedPlan): string {
  return join(keptFolder('plans'), `${id}.json`);
}

/** Undefined where it was never begun. */
export function findRecord(plan: SavedPlan): PlanRecord | undefined {
  return readKept(recordPath(plan)) as PlanRecord | undefined;
}

/** Notes of the plan whose undo file is taken back, if there is one, that it is gone on with no more. */
export function noteUndone(undo: string): void {
  const folder = keptFolder('plans');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json')) continue;
    const path = join(folder, name);
    const record = readSound(path);
    if (record && resolve(record.undo) === resolve(undo))
      writeDurably(path, { ...record, state: 'undone', ended: new Date().toISOString() });
  }
}

/** Undefined where it cannot be read: a record of another plan keeps nobody from undoing this one. */
function readSound(path: string): PlanRecord | undefined {
  try {
    return readKept(path) as PlanRecord | undefined;
  } catch {
    return undefined;
  }
}

/** The record of a plan that begins. */
export function beginRecord(plan: SavedPlan, file: string, undo: string): PlanRecord {
  return {
    version: 1,
    plan: plan.id,
    file,
    begun: new Date().toISOString(),
    state: 'running',
    undo,
    step: 0,
    calls: 0,
    made: {},
  };
}

export function keepRecord(plan: SavedPlan, record: PlanRecord): void {
  writeDurably(recordPath(plan), record);
}
