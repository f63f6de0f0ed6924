import { isObject, type JsonObject } from '../json.ts';

/** How an image that has a name is replaced by a newer one, as the member `rotation` of its manifest says. */
export interface Rotation {
  /** How many replaced images stay; undefined: all. */
  readonly keep?: number;
  /** The name that a replaced image gets, with `{name}` and `{date}`. */
  readonly name: string;
}

export const usualName = '{name} ({date})';

export interface RotationProblem {
  readonly rule: 'form' | 'name' | 'source' | 'id';
  readonly pointer: string;
  readonly message: string;
}

/** Reads a `rotation`; undefined where the image names none. */
export function readRotation(
  image: JsonObject,
): { readonly rotation: Rotation; readonly problems: readonly RotationProblem[] } | undefined {
  const written = image['rotation'];
  if (!isObject(written)) return undefined;
  const { keep, name } = written;
  const problems: RotationProblem[] = [];
  for (const member of Object.keys(written))
    if (member !== 'keep' && member !== 'name')
      problems.push({
        rule: 'form',
        pointer: `/rotation/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        message: `A rotation has no '${member}'. It has keep and name.`,
      });
  const counts = typeof keep === 'number' && Number.isInteger(keep) && keep >= 1;
  if (keep !== undefined && !counts)
    problems.push({
      rule: 'form',
      pointer: '/rotation/keep',
      message: "'keep' is how many replaced images stay: 1 or more. Leave it out to keep all.",
    });
  if (name !== undefined && !(typeof name === 'string' && name.includes('{name}') && name.includes('{date}')))
    problems.push({
      rule: 'name',
      pointer: '/rotation/name',
      message: `The name of replaced images has to hold {name} and {date}, or they cannot be told from others. Write '${usualName}'.`,
    });
  if (!isObject(image['source']))
    problems.push({
      rule: 'source',
      pointer: '/rotation',
      message: "Only new bytes replace an image. Say where they come from as 'source'.",
    });
  if (image['id'] !== undefined)
    problems.push({
      rule: 'id',
      pointer: '/rotation',
      message: "A rotation makes an image with a new id. Remove 'id', so that the name finds the image.",
    });
  const rotation = { ...(counts ? { keep } : {}), name: typeof name === 'string' ? name : usualName };
  return { rotation, problems };
}

/** The name that an image gets when it is replaced. `created`: as the API says it, `2026-11-29T02:00:00Z`. */
export function nameReplaced({ name: pattern }: Rotation, name: string, created: string): string {
  const date = created.slice(0, 10).replaceAll('-', '');
  return pattern.replaceAll('{name}', () => name).replaceAll('{date}', date);
}

/** Tells whether a name is one that this rotation gives. */
export function isReplaced({ name: pattern }: Rotation, name: string, candidate: string): boolean {
  const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const whole = literal(pattern)
    .replaceAll('\\{name\\}', () => literal(name))
    .replaceAll('\\{date\\}', '\\d{8}');
  return new RegExp(`^${whole}$`).test(candidate);
}
