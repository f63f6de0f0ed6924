import type { ManifestFile } from '../../manifests/file.ts';
import type { ForeignFormat } from '../../manifests/foreignFormats.ts';
import { dataOf, type ManifestNode } from '../../manifests/nodes.ts';
import type { Facts } from '../../rules/facts.ts';
import { tokensOf } from '../../rules/json.ts';
import { properties } from '../../rules/properties/table.ts';
import type { Finding } from '../../rules/rule.ts';
import { toForeignEdits } from '../../workspace/foreign/edits.ts';
import type { ForeignImage } from '../../workspace/foreign/image.ts';
import { readForeign } from '../../workspace/foreign/read.ts';
import { type Placed, placed } from './judging.ts';
import type { PlacedFinding } from './placedFinding.ts';

/**
 * Judges the images of another tool's file as image manifests (DECISIONS 33). Findings and fixes speak of its documents as they
 * are written; a fix that has no place there is left out, and so is what only follows from a template.
 */
export function judgeForeign(
  format: ForeignFormat,
  file: ManifestFile,
  facts: readonly Facts[],
): PlacedFinding[] {
  const said = new Set<string>();
  return file.documents.flatMap((document) => {
    const known = facts[document.index];
    if (!known || !document.root) return [];
    const { root } = document;
    return readForeign(format, document, file.text)
      .flatMap((image) => judgeImage(image, root, file, asCaller(format, known)))
      .filter(({ start, end, finding: { rule, message } }) => {
        // Versions of an image share values: what is wrong with one of these is said once.
        const key = `${start} ${end} ${rule} ${message}`;
        return !said.has(key) && said.add(key);
      })
      .map((one) => ({ document: document.index, ...one }));
  });
}

/** openstack-image-manager publishes images, which is for administrators: it is they who run it. */
function asCaller(format: ForeignFormat, facts: Facts): Facts {
  return format === 'osism' && !facts.caller
    ? { ...facts, caller: { account: '', roles: ['admin'] } }
    : facts;
}

function judgeImage(image: ForeignImage, root: ManifestNode, file: ManifestFile, facts: Facts): Placed[] {
  return placed('image', image.root, dataOf(image.root), file, facts)
    .filter(({ finding }) => !isGuess(finding, image))
    .map((one) => ({ ...one, finding: translated(one.finding, image, root) }));
}

function translated(finding: Finding, image: ForeignImage, root: ManifestNode): Finding {
  const { fixes, pointer, answer, ...rest } = finding;
  const own = fixes?.flatMap((fix) => {
    const edits = toForeignEdits(image, root, fix.edits);
    return edits ? [{ ...fix, edits }] : [];
  });
  return {
    ...rest,
    // Of a value that is no text the cloud never hears: the tool makes one of it, or refuses it.
    ...(answer && finding.rule !== 'property/value' ? { answer } : {}),
    pointer: image.places.get(pointer)?.pointer ?? '',
    ...(own?.length ? { fixes: own } : {}),
  };
}

/**
 * Tells whether a finding rests on what templates decide: it names an attribute or a property whose value is not known, or
 * where templates decide which there are, one that is not stated.
 */
function isGuess(finding: Finding, { unknown, isOpen, root }: ForeignImage): boolean {
  if (unknown.size === 0 && !isOpen) return false;
  const stated = new Set(root.members.map(({ token }) => String(token)));
  const isUnknown = (name: string): boolean => unknown.has(name) || (isOpen && !stated.has(name));
  const named = new Set(finding.message.match(/[A-Za-z][\w:.]*\w/g));
  const pointers = [finding, ...(finding.fixes ?? []).flatMap(({ edits }) => edits)];
  return (
    pointers.some(({ pointer }) => {
      const [name] = tokensOf(pointer);
      return name !== undefined && isUnknown(name);
    }) ||
    [...unknown].some((name) => named.has(name)) ||
    (isOpen && properties.some(({ name }) => named.has(name) && isUnknown(name)))
  );
}
