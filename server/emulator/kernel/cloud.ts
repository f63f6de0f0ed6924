import type { Profile } from '../../rules/rule.ts';
import type { DiskLane } from '../diskWorker/lane.ts';
import type { Identity } from '../services/identity/people.ts';
import type { Images } from '../services/images/records.ts';
import type { Objects } from '../services/objects/records.ts';
import type { Tasks } from '../services/tasks/records.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { Events } from './events.ts';
import type { Jobs } from './jobs.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

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
