import type { BlockMap } from '../../server/disks/blockStates.ts';
import type { CloudChange, Connection } from '../cloud/cloudSource.ts';
import type { DetailsPage, Subject } from './protocol.ts';

/** Keeps a page up to date with one thing of a connection. */
export interface Follower {
  readonly connection: Connection;
  /** Reads what may have changed, and shows it. Never fails: what cannot be read says so on the page. */
  refresh(): Promise<void>;
  /** Notes a change that the cloud reports. Tells whether the page is to be read again for it. */
  note(change: CloudChange): boolean;
  /** Reads a section that the person asks for. */
  read(section: string): Promise<void>;
  /** Runs a button. Throws where the thing is not known any more. */
  act(action: string): Promise<void>;
  /** Breaks off what is being read for a page that is hidden. */
  rest(): void;
  dispose(): void;
}

export interface FollowerEnds {
  show(page: DetailsPage, maps?: ReadonlyMap<string, BlockMap>): void;
  /** The page is of something else from now on. */
  becomes(subject: Subject): void;
}

/** Does a work at most once at a time: who asks while it is done has it done once more. */
export function onceAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let isAsked = false;
  const run = async (): Promise<void> => {
    do {
      isAsked = false;
      await work();
    } while (isAsked);
  };
  return () => {
    isAsked = true;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
