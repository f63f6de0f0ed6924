/** What the services of one cloud share: a folder, their programs, and how they find each other. */
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Programs } from './programs.ts';

export interface Place {
  readonly folder: string;
  readonly programs: Programs;
  readonly addresses: Addresses;
}

/** Where each service is asked, all on loopback. */
export interface Addresses {
  readonly identity: string;
  readonly image: string;
  readonly compute: string;
  readonly placement: string;
  readonly network: string;
  readonly 'object-store': string;
  /** The message queue's. */
  readonly queue: string;
}

export const region = 'RegionOne';
/** At which Glance may download from this machine. */
export const downloadPort = 18_099;
/** Of every person. */
export const password = 'emulator';
/** Whom the services are when they ask each other; the password is the name. */
export const serviceUsers = ['glance', 'nova', 'placement', 'neutron', 'swift'] as const;
export const serviceProject = 'service';

export type Ini = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

export function writeConfiguration(path: string, sections: Ini): string {
  const lines = Object.entries(sections).flatMap(([section, options]) => [
    `[${section}]`,
    ...Object.entries(options).map(([name, value]) => `${name} = ${value}`),
  ]);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** How a service signs in to Keystone as itself. */
export function signIn(identity: string, user: (typeof serviceUsers)[number]) {
  return {
    auth_url: identity,
    auth_type: 'password',
    project_name: serviceProject,
    project_domain_id: 'default',
    username: user,
    user_domain_id: 'default',
    password: user,
    region_name: region,
  };
}

/** How a service checks the tokens that it is asked with. */
export function checkTokens(identity: string, user: (typeof serviceUsers)[number]) {
  return { ...signIn(identity, user), www_authenticate_uri: identity, token_cache_time: 300 };
}

/** Keeps a request that still reads from locking out those that write. */
export function letReadersBe(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}
