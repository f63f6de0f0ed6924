import { kindDefinitions } from '../manifests/kindDefinitions.ts';
import { isObject, type JsonObject } from '../rules/json.ts';
import { imageIdOf, serverOf } from '../rules/service/imageReferences.ts';
import { propertiesOf } from '../rules/service/importBody.ts';
import { imagesOf } from '../rules/subject.ts';
import type { ManifestPart } from './parts.ts';

/** The parts of one file. */
type FileParts = readonly ManifestPart[];

/** A file that speaks of an image or a server: what makes it comes first, then what describes, changes and uses it. */
interface Mention {
  readonly thing: string;
  readonly stage: number;
}

/**
 * Orders the files of a folder: each behind those that it needs, which make, describe or change the image or the server
 * that it speaks of. Else by the kinds of their first documents, then as they were. Files that need each other keep that order.
 * With `wanted`, these and what they need alone.
 */
export function orderFiles(files: readonly FileParts[], wanted: readonly FileParts[] = files): FileParts[] {
  const mentions = new Map(files.map((file) => [file, file.flatMap(listMentions)]));
  const byThing = new Map<string, { readonly file: FileParts; readonly stage: number }[]>();
  const usual = [...files].sort((one, other) => turnOf(one) - turnOf(other));
  for (const file of usual)
    for (const { thing, stage } of mentions.get(file) ?? []) {
      const all = byThing.get(thing) ?? [];
      all.push({ file, stage });
      byThing.set(thing, all);
    }
  const ordered = new Set<FileParts>();
  const begun = new Set<FileParts>();
  const add = (file: FileParts): void => {
    if (begun.has(file)) return;
    begun.add(file);
    for (const { thing, stage } of mentions.get(file) ?? [])
      for (const before of byThing.get(thing) ?? []) if (before.stage < stage) add(before.file);
    ordered.add(file);
  };
  for (const file of usual) if (wanted.includes(file)) add(file);
  return [...ordered];
}

function turnOf([first]: FileParts): number {
  return first ? kindDefinitions[first.kind].turn : 0;
}

const stages = { made: 0, described: 1, patched: 2, used: 3 } as const;

function listMentions({ kind, data, companion }: ManifestPart): Mention[] {
  const { made, described, patched, used } = stages;
  if (kind === 'import') return named('image', { name: propertiesOf(data)['name'] ?? null }, made);
  if (kind === 'image') return imagesOf(data).flatMap(({ image }) => named('image', image, described));
  if (kind === 'patch') return companion ? named('image', companion, patched) : [];
  const action = isObject(data) && isObject(data['createImage']) ? data['createImage'] : {};
  if (kind === 'server-image')
    return [
      ...named('image', { name: action['name'] ?? null }, made),
      ...named('server', serverOf(data), used),
    ];
  const id = imageIdOf(kind, data);
  return [
    ...(id === undefined ? [] : named('image', { id }, used)),
    ...(kind === 'server' ? named('server', { name: serverOf(data)['name'] ?? null }, made) : []),
  ];
}

/** What has an id is found by it, whatever it is called. */
function named(type: 'image' | 'server', { id, name }: JsonObject, stage: number): Mention[] {
  if (typeof id === 'string') return [{ thing: `${type} id ${id}`, stage }];
  return typeof name === 'string' ? [{ thing: `${type} name ${name}`, stage }] : [];
}
