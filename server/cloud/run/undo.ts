import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Caller, Profile } from '../../rules/profile/profile.ts';
import { type ManifestPart, makePart } from '../../workspace/parts.ts';
import type { Cloud } from '../cloud.ts';
import { unlessMissing } from '../session/errors.ts';
import { keptFolder, readKept, requireKeptFolder, writeDurably } from './durable.ts';
import { planDeletion, planRestore, type Undo } from './imagePlan.ts';
import type { Ports, Step } from './steps.ts';
import { readState } from './targets.ts';

/** Which cloud is meant, and as whom; nothing secret. */
export interface ConnectionChoice {
  readonly cloud?: string | undefined;
  /** '' for the default data folder. */
  readonly emulator?: string | undefined;
  readonly region?: string | undefined;
  readonly user?: string | undefined;
  readonly project?: string | undefined;
  readonly profile?: string | undefined;
}

/** The way to take an apply back, as it is kept on disk. */
export interface UndoFile {
  readonly version: 1;
  readonly made: string;
  readonly region: string;
  readonly account: string;
  readonly manifests: readonly string[];
  /** How that cloud was connected to. */
  readonly choice: ConnectionChoice;
  /** In the order in which the calls were made. */
  readonly entries: readonly Undo[];
}

/** Keeps how to take a run back, each entry before the calls that it takes back. Its place is proven when it is opened. */
export interface UndoJournal {
  readonly path: string;
  readonly entries: number;
  /** Tells whether it was not the last entry already. */
  add(undo: Undo): boolean;
  /** Takes the last entry away, since what it takes back was refused. */
  withdraw(): void;
}

/** Opens a new journal, or goes on with one that an earlier run has begun. Throws where nothing can be kept. */
export function openUndoJournal(
  place: Pick<UndoFile, 'region' | 'account' | 'manifests' | 'choice'>,
  begun?: string,
): UndoJournal {
  const made = new Date().toISOString();
  const [first = 'run'] = place.manifests;
  const name = `${made.replaceAll(/[:.]/g, '-')}-${basename(first).replaceAll(/[^\w.-]/g, '_')}-${randomUUID().slice(0, 8)}.json`;
  const path = begun ?? join(keptFolder('undo'), name);
  requireKeptFolder(keptFolder('undo'));
  const kept = begun === undefined ? undefined : (readKept(begun) as UndoFile | undefined);
  const entries: Undo[] = [...(kept?.entries ?? [])];
  const keep = (): void =>
    void writeDurably(path, { version: 1, made, ...place, entries } satisfies UndoFile);
  return {
    path,
    get entries() {
      return entries.length;
    },
    add(undo) {
      if (undo === 'cannot' || JSON.stringify(entries.at(-1)) === JSON.stringify(undo)) return false;
      entries.push(undo);
      keep();
      return true;
    },
    withdraw() {
      entries.pop();
      if (entries.length > 0) keep();
      else rmSync(path, { force: true });
    },
  };
}

/** Writes the command that undoes what a journal keeps. */
export function undoCommandOf({ path }: Pick<UndoJournal, 'path'>): string {
  return `cloud-images apply --undo ${path}`;
}

/** Throws where the file is no undo file. */
export function readUndo(path: string): UndoFile {
  const content = readKept(path) as Partial<UndoFile> | undefined;
  if (content === undefined) throw new Error(`There is no file ${path}.`);
  if (content.version !== 1 || !Array.isArray(content.entries))
    throw new Error(`${path} is not an undo file; those are in ${keptFolder('undo')}.`);
  return content as UndoFile;
}

/** Throws where it was another account or region. */
export function requireSamePlace(
  path: string,
  { account, region }: UndoFile,
  { caller, cloud }: { readonly caller: Caller; readonly cloud: Cloud },
): void {
  if (account === caller.account && region === cloud.region) return;
  throw new Error(
    `${path} undoes an apply of account ${account} in ${region}; you are connected to ${caller.account} in ${cloud.region}.`,
  );
}

/** The steps back, the last change first. */
export async function planUndo(
  { entries, manifests }: UndoFile,
  { cloud }: Pick<Ports, 'cloud'>,
  caller: Caller,
  profile: Profile,
): Promise<Step[]> {
  const steps: Step[] = [];
  const part = makePart(manifests.join(', '), { kind: 'image', data: null, profile });
  const context = { profile, caller };
  const shares = new Set(entries.flatMap((one) => (one !== 'cannot' && 'members' in one ? [one.image] : [])));
  for (const entry of entries.toReversed()) {
    if (entry === 'cannot') continue;
    if ('server' in entry) {
      steps.push(await planServerDeletion(entry, part, cloud));
      continue;
    }
    const earlier = steps.findLast((step) => step.type === 'change' && step.plan.image === entry.image);
    const live =
      earlier?.type === 'change'
        ? earlier.plan.after
        : await readState(cloud, profile, entry.image, shares.has(entry.image));
    if (!live) {
      steps.push({ type: 'not-run', part, reason: `image ${entry.image} no longer exists` });
      continue;
    }
    const plan = 'delete' in entry ? planDeletion(live, context) : planRestore(entry, live, context);
    steps.push({ type: 'change', part, plan });
  }
  return steps;
}

async function planServerDeletion(
  { server, name }: Extract<Undo, { server: string }>,
  part: ManifestPart,
  { servers }: Cloud,
): Promise<Step> {
  const found = await unlessMissing(servers.get(server));
  if (!found) return { type: 'not-run', part, reason: `server ${server} no longer exists` };
  const notes = ['The server is deleted with its disk. This cannot be undone.'];
  return { type: 'server-deletion', part, server, name: found.name || name, notes };
}
