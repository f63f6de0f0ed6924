import { formatPlain } from '../nova/python.ts';
import type { NovaProps } from './judge.ts';
import { type NovaValue, readBoolean } from './read.ts';

/** A flavor, as far as it decides whether a server boots. */
export interface BootFlavor {
  readonly name: string;
  /** MB. */
  readonly ram: number;
  readonly vcpus: number;
  readonly extra_specs: Readonly<Record<string, string>>;
}

/** The image that a server is booted from, as Nova has read it. */
export interface BootImage {
  readonly id: string;
  readonly name: string | null;
  readonly props: NovaProps;
}

/** What a check needs: the flavor's extra specs and the image's properties, by the end of their names. */
export interface Boot {
  readonly image: BootImage;
  readonly flavor: BootFlavor;
}

/** An extra spec of the flavor, such as `hw:pmu`. */
export function specOf({ flavor }: Boot, name: string): string | undefined {
  return Object.hasOwn(flavor.extra_specs, name) ? flavor.extra_specs[name] : undefined;
}

export function propOf({ image }: Boot, field: string): NovaValue | undefined {
  return image.props.values.get(field);
}

export function textProp(boot: Boot, field: string): string | undefined {
  const value = propOf(boot, field);
  return typeof value === 'string' ? value : undefined;
}

export function numberProp(boot: Boot, field: string): number | undefined {
  const value = propOf(boot, field);
  return typeof value === 'number' ? value : undefined;
}

export function booleanProp(boot: Boot, field: string): boolean | undefined {
  const value = propOf(boot, field);
  return typeof value === 'boolean' ? value : undefined;
}

export function booleanSpec(boot: Boot, name: string): boolean | undefined {
  const text = specOf(boot, name);
  return text === undefined ? undefined : readBoolean(text);
}

/** Refuses a value of the image that is not the flavor's (`_get_unique_flavor_image_meta`). */
export function refuseDifferent(boot: Boot, key: string, prefix: 'hw' | 'os' = 'hw'): string | undefined {
  const flavorValue = specOf(boot, `${prefix}:${key}`);
  const imageValue = propOf(boot, `${prefix}_${key}`);
  return flavorValue && imageValue && imageValue !== flavorValue
    ? explainConflict(boot, prefix, key, flavorValue, imageValue)
    : undefined;
}

/** Refuses a switch of the image that is not as the flavor's. */
export function refuseOtherSwitch(boot: Boot, key: string): string | undefined {
  const flavorValue = booleanSpec(boot, `hw:${key}`);
  const imageValue = booleanProp(boot, `hw_${key}`);
  return flavorValue !== undefined && imageValue !== undefined && imageValue !== flavorValue
    ? explainConflict(boot, 'hw', key, flavorValue, imageValue)
    : undefined;
}

function explainConflict(
  { flavor, image }: Boot,
  prefix: string,
  key: string,
  flavorValue: NovaValue,
  imageValue: NovaValue,
): string {
  return (
    `Flavor ${flavor.name} has ${prefix}:${key} extra spec explicitly set to ${printed(flavorValue)}, conflicting with image ` +
    `${printed(image.name)} which has ${prefix}_${key} explicitly set to ${printed(imageValue)}.`
  );
}

/** A value as Python's `%s` prints it. */
export function printed(value: NovaValue | null): string {
  return formatPlain(Array.isArray(value) ? [...value] : (value as string | number | boolean | null));
}
