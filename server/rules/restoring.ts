import { pointerTo, tokensOf } from './json.ts';
import type { Finding, Fix } from './rule.ts';
import type { KnownImage, Subject } from './subject.ts';

/** Where the live value comes before any other repair, since nothing else may stand there. */
const first: ReadonlySet<string> = new Set(['property/protected', 'image/read-only', 'image/locked-format']);

/**
 * Adds to what is refused of an attribute or property of an image the repair that cannot fail: the value that the image has.
 * Of an opened image what is missing would be removed, so there it is said too.
 */
export function withLiveValue(finding: Finding, { kind, images }: Subject): Finding {
  if (kind !== 'image' || finding.severity !== 'error') return finding;
  const found = images().find(({ pointer }) => finding.pointer.startsWith(`${pointer}/`));
  const tokens = found ? tokensOf(finding.pointer.slice(found.pointer.length)) : [];
  const [name] = tokens;
  const live = found && tokens.length === 1 && name !== undefined ? liveValue(found, name) : undefined;
  if (!found || name === undefined || live === undefined) return finding;
  const restore: Fix = {
    title: `Restore the live value of '${name}'`,
    edits: [{ do: 'set', pointer: found.pointer + pointerTo(name), value: live }],
  };
  if (!Object.hasOwn(found.image, name))
    return {
      ...finding,
      message: `'${name}' is missing: to save it so would remove it from the image. Restore it.`,
      fixes: [restore],
    };
  if (JSON.stringify(found.image[name]) === JSON.stringify(live)) return finding;
  const others = finding.fixes ?? [];
  return { ...finding, fixes: first.has(finding.rule) ? [restore, ...others] : [...others, restore] };
}

/** What to do about a value that only the service sets. */
export function remedyFor(
  { kind, images }: Subject,
  pointer: string,
  name: string,
  otherwise: string,
): string {
  const found =
    kind === 'image' ? images().find((image) => pointer.startsWith(`${image.pointer}/`)) : undefined;
  return found?.facts.opened && liveValue(found, name) !== undefined ? 'Restore its live value.' : otherwise;
}

function liveValue({ facts: { image, imageFrom } }: KnownImage, name: string) {
  return imageFrom === undefined ? image?.get(name) : undefined;
}
