import type { Profile } from '../../rules/profile/profile.ts';
import type { DiskLane } from '../diskWorker/lane.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { Jobs } from '../kernel/jobs.ts';
import type { Log } from '../kernel/log.ts';
import type { Settings } from '../kernel/settings.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Store } from '../store/store.ts';
import type { Identity } from './identity/identity.ts';
import type { Images } from './images/records.ts';
import type { Objects } from './objects/records.ts';
import type { Tasks } from './tasks/records.ts';

/** What the services of one emulator share. */
export interface EmulatorContext {
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
  readonly identity: Identity;
  readonly images: Images;
  readonly tasks: Tasks;
  readonly objects: Objects;
}
