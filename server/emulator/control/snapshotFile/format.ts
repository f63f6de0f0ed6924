import type { Profile } from '../../../rules/profile/profile.ts';
import type { Release } from '../../../rules/profile/releases.ts';
import type { ClockState } from '../../kernel/clock.ts';
import type { Service } from '../../services/service.ts';
import { isContentName } from '../../store/names.ts';
import { migrations } from '../../store/schema.ts';

/**
 * A snapshot as one file: a tar of `snapshot.json` (the head), `records.jsonl` (a line `{"table", "columns"}` before the rows
 * of each table, a line a row) and `blobs/HASH` (of SHA-512 `blobs/HALF/HALF`), the content that they name. No name in it becomes a path, a table or a column
 * here: each is looked up among those that this emulator has.
 */
export const names = { head: 'snapshot.json', records: 'records.jsonl', blobs: 'blobs/' } as const;

/** The layout of the file. A later one is refused. */
export const format = 1;
export const kind = 'cloud-images-snapshot';

export interface Head {
  readonly kind: typeof kind;
  readonly format: number;
  /** The product's. */
  readonly version: string;
  /** How many steps of `store/schema.ts` its records have seen, and how many tables of each service: more than ours is newer. */
  readonly schema: number;
  readonly services: Readonly<Record<string, number>>;
  readonly profile: Profile['name'];
  readonly release: Release;
  readonly name: string;
  /** On the cloud's clock, in milliseconds since 1970. */
  readonly time: number;
  readonly clock: ClockState;
  readonly records: { readonly bytes: number; readonly sha256: string };
  /** Of files, not of what is parts of them. */
  readonly contents: { readonly count: number; readonly bytes: number };
}

/** Why a file is not taken, as a sentence. */
export class SnapshotRefused extends Error {}

export const refusals = {
  foreign: 'This is no snapshot of an emulator.',
  damaged: (what: string) => `The snapshot is damaged: ${what}.`,
  newer: (version: string) =>
    `The snapshot was written by a later version of the emulator (${version}); use that one.`,
  profile: (theirs: string, ours: string) =>
    `The snapshot is of a cloud of profile ${theirs}, and this is one of ${ours}. Start the emulator with --profile ${theirs}.`,
  unfit: 'The snapshot is damaged: its records do not fit together.',
} as const;

/** Reads a head. Throws SnapshotRefused where it is another's, or newer than we are. */
export function parseHead(text: string, services: readonly Service[]): Head {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SnapshotRefused(refusals.foreign);
  }
  if (!isHead(value)) throw new SnapshotRefused(refusals.foreign);
  const known = new Map(services.map(({ name, tables = [] }) => [name, tables.length]));
  const isNewer =
    value.format > format ||
    value.schema > migrations.length ||
    Object.entries(value.services).some(([name, count]) => count > (known.get(name) ?? 0));
  if (isNewer) throw new SnapshotRefused(refusals.newer(value.version));
  if (!isComplete(value)) throw new SnapshotRefused(refusals.damaged(`${names.head} lacks a member`));
  return value;
}

/** The members that say whether it is ours and how old; those of a later format may differ in all others. */
function isHead(value: unknown): value is Head {
  const head = value as Head | null;
  return (
    typeof head === 'object' &&
    head?.kind === kind &&
    Number.isInteger(head.format) &&
    typeof head.version === 'string' &&
    Number.isInteger(head.schema) &&
    typeof head.services === 'object' &&
    head.services !== null
  );
}

function isComplete({ profile, release, name, time, clock, records, contents }: Head): boolean {
  const { speed, offset, pausedAt } = clock ?? {};
  return (
    [profile, release, name, records?.sha256].every((text) => typeof text === 'string') &&
    [time, speed, offset, pausedAt ?? 0, records?.bytes, contents?.count, contents?.bytes].every(
      Number.isFinite,
    ) &&
    speed > 0
  );
}

/** The entry of a content. A name of more than 100 letters is one that a tar cuts at a slash. */
export function formatContentName(hash: string): string {
  return `${names.blobs}${hash.length > 64 ? `${hash.slice(0, 64)}/${hash.slice(64)}` : hash}`;
}

/** The hash of an entry that holds content; undefined for any other name. */
export function readContentName(name: string): string | undefined {
  const hash = name.slice(names.blobs.length).replace('/', '');
  return isContentName(hash) && name === formatContentName(hash) ? hash : undefined;
}

/** True where records contradict each other, as SQLite tells it: SQLITE_CONSTRAINT and its kinds. */
export function isContradiction(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 19;
}
