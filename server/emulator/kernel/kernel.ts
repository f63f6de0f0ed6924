import type { Profile } from '../../rules/profile/profile.ts';
import type { DiskLane } from '../diskWorker/lane.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { Events } from './events.ts';
import type { Jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

/** The parts that every service works with. */
export interface Kernel {
  readonly profile: Profile;
  readonly settings: Settings;
  /** As they stand in URLs. */
  readonly regions: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly events: Events;
  readonly jobs: Jobs;
  readonly lane: DiskLane;
}
