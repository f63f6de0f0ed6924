import { UsageError } from '../commandLine.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { isProfileName } from '../rules/profile/table.ts';

/** Reads a profile that an undo file or an option names. Throws with what there is. */
export function readProfile(value: string | undefined): Profile['name'] | undefined {
  if (value === undefined || isProfileName(value)) return value;
  throw new UsageError(`--profile takes rackspace or openstack, not '${value}'.`);
}

/** Reads an option that is a whole number of bytes above nothing. Throws with what it takes. */
export function readBytes(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value) && Number(value) > 0) return Number(value);
  throw new UsageError(`${option} takes a number of bytes, not '${value}'.`);
}
