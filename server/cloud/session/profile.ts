import { isObject } from '../../rules/json.ts';
import type { ProfileName } from '../../rules/profile/profile.ts';
import { isRelease } from '../../rules/profile/releases.ts';
import { isProfileName, profiles } from '../../rules/profile/table.ts';
import type { PublishedLimits } from '../../workspace/settings.ts';
import type { Way } from './authentication.ts';
import { readJson } from './bodies.ts';
import type { Session } from './session.ts';

/** A profile that is known before the sign-in, and from where. */
export interface ToldProfile {
  readonly profile: ProfileName;
  readonly by: string;
}

/** What an emulator says of itself. */
export interface Information extends PublishedLimits {
  /** Of its data: the same at every address, and after every start. */
  readonly id?: string;
}

/** The profile of a cloud where somebody has signed in: an emulator's own, the one that was told, else what the cloud shows. */
export async function findProfile(
  authUrl: string,
  { isEmulator, recognized }: Pick<Session, 'isEmulator' | 'recognized'>,
  told: ToldProfile | undefined,
  way: Way,
): Promise<Information & { readonly because: string }> {
  const url = authUrl.replace(/\/identity\/v[\d.]+\/*$/, '');
  const found = isEmulator ? await readInformation(url, way) : undefined;
  if (found) return { ...found, because: 'the emulator says so' };
  const { profile, because } = told ? { profile: told.profile, because: `${told.by} says so` } : recognized;
  return { profile, limits: profiles[profile].limits, because };
}

/** Reads by which rules an emulator serves, which anybody may ask. Throws where none answers. */
export async function readInformation(
  url: string,
  { send, signal: interrupt }: Way,
): Promise<Information | undefined> {
  const signal = AbortSignal.any([AbortSignal.timeout(10_000), ...(interrupt ? [interrupt] : [])]);
  const answer = await send(`${url}/emulator/info`, { signal, redirect: 'error' }).catch((error: unknown) => {
    throw new Error(`No emulator answers at ${url}. Start one: cloud-images emulator`, { cause: error });
  });
  const body = answer.ok ? await readJson({ method: 'GET', url }, answer) : {};
  if (!isObject(body)) return undefined;
  const { profile, limits, release, id } = body;
  if (typeof profile !== 'string' || !isProfileName(profile)) return undefined;
  return {
    profile,
    limits: { ...profiles[profile].limits, ...(isObject(limits) ? limits : {}) },
    ...(typeof release === 'string' && isRelease(release) ? { release } : {}),
    ...(typeof id === 'string' ? { id } : {}),
  };
}
