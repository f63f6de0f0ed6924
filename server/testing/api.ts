/** A cloud for tests: OpenStack's or Rackspace's image, identity, object and compute services on a free port of this machine. */
export interface CloudOptions {
  /** Default `rackspace`, or the snapshot's. */
  readonly profile?: 'rackspace' | 'openstack';
  /** The OpenStack release that it answers as, such as `2025.1`. */
  readonly release?: string;
  /** A `.cloud-images.json`: profile, release, limits, and what the service offers. */
  readonly config?: string;
  /** `demo` (default), `empty` (the demo's users and nothing of theirs), a seed file, or the data folder of an ended emulator. */
  readonly seed?: 'demo' | 'empty' | (string & {});
  /** A snapshot's file, in place of the seed. */
  readonly snapshot?: string;
  /** Simulated work takes its real time divided by this; default 1,000,000, so that nobody waits. */
  readonly speed?: number;
  /** Whom `credentials` and `env` name: default the demo's `owner`, or the first of the seed file. */
  readonly user?: string;
  /** Default DFW, or RegionOne. */
  readonly region?: string;
}

export interface Cloud extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Of Keystone v3. */
  readonly authUrl: string;
  /** For the control service, `/emulator/…`, as `Authorization: Bearer TOKEN`. */
  readonly token: string;
  readonly credentials: CloudCredentials;
  /** `OS_*` for child processes, and the control service's address and token. */
  readonly env: Readonly<Record<string, string>>;
  /** Keeps the whole cloud, its clock and running tasks among it, under a name. Rejects where the name is taken. */
  snapshot(name: string): Promise<void>;
  /** Brings the cloud back to a snapshot. */
  restore(name: string): Promise<void>;
  /** Saves the cloud as it is into a file, which `snapshot` of `startCloud` and `restoreFile` take. Writes over one that is there. */
  saveFile(file: string): Promise<void>;
  restoreFile(file: string): Promise<void>;
  /** Begins anew. */
  reset(seed?: 'demo' | 'empty'): Promise<void>;
  readonly clock: CloudClock;
  readonly faults: CloudFaults;
  /** The last requests that were answered, the oldest first, without those to the control service. */
  requests(): Promise<readonly CloudRequest[]>;
  /** Ends it; nothing is left. Once is enough, and `await using` does it. */
  close(): Promise<void>;
}

export interface CloudCredentials {
  readonly userName: string;
  readonly password: string;
  readonly project: string;
  readonly region: string;
}

export interface CloudClock {
  now(): Promise<Date>;
  /** Goes on by `90s`, `15m`, `48h`, `7d` or milliseconds, or to what happens `next` by itself. Work that ends meanwhile has ended. */
  step(by: string | number): Promise<Date>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  setSpeed(speed: number): Promise<void>;
}

export interface CloudFaults {
  /** The next requests that fit meet it. Answers its id. */
  add(fault: CloudFault): Promise<string>;
  /** Without an id, all of them. */
  remove(id?: string): Promise<void>;
}

export interface CloudFault {
  readonly method?: string;
  /** A path without query, in which `*` stands for any characters: `/dfw/image/*`. */
  readonly path: string;
  /** How many requests meet it; default 1. */
  readonly count?: number;
  /** Milliseconds before anything else. */
  readonly delay?: number;
  /** 400 to 599. */
  readonly status?: number;
  /** The connection ends within the answer. */
  readonly cut?: boolean;
  /** Bytes a second of the answer's body. */
  readonly slow?: number;
}

export interface CloudRequest {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** With query, without secrets. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** The id of the rule that refused it. */
  readonly rule?: string;
  /** The injected fault that it met. */
  readonly fault?: string;
}

/**
 * Starts a cloud of its own. Rejects with a sentence where it does not start; then nothing is left. Errors, also those of its
 * methods, have a `code` where `cloud-images explain CODE` knows one.
 */
export type StartCloud = (options?: CloudOptions) => Promise<Cloud>;
