import type { Profile } from '../rules/types.ts';
import type { Clock } from './clock.ts';
import type { DiskLane } from './disks/lane.ts';
import type { Events } from './events.ts';
import type { Identity } from './identity/people.ts';
import type { Images } from './images/records.ts';
import type { Jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Objects } from './objects/records.ts';
import type { Settings } from './settings.ts';
import type { Blobs } from './store/blobs.ts';
import type { Store } from './store/store.ts';
import type { Tasks } from './tasks/records.ts';

/** What the services of one emulator share. */
export interface Cloud {
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
