/** What cases are made of. */
import type { Image } from '../../../server/cloud/services/images.ts';
import type { Kind } from '../../../server/rules/facts.ts';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import { makeSetting, type Setting } from './settings.ts';
import type { Images, Known } from './world.ts';
import type { Content, Format } from './write.ts';

export interface Document extends Content {
  readonly kind: Kind;
}

/** What becomes of the image that the file names between the editor's first look and the run. */
export type Meanwhile = 'deleted' | 'renamed' | 'shared no more';

export interface Case {
  /** Its class: what kinds of document, of whose image, and what is said of it. */
  readonly form: string;
  readonly of: string;
  readonly about: readonly string[];
  /** User of the demo who edits and runs it. */
  readonly caller: string;
  readonly documents: readonly Document[];
  readonly format: Format;
  /** The patch is that of an opened live image. */
  readonly opened?: string;
  /** The image whose opened text is edited and saved. */
  readonly edited?: Image;
  /** The image manifest beside a patch. */
  readonly beside?: JsonObject;
  readonly meanwhile?: Meanwhile;
}

export interface Draft {
  readonly form: string;
  readonly of: Known;
  readonly about: readonly string[];
  readonly documents: readonly Document[];
  readonly opened?: string;
  readonly edited?: Image;
  readonly beside?: JsonObject;
}

/** Makes a file of one form. */
export type Form = (random: Random, images: Images) => Draft;

export function settingsOf(random: Random, live: Known['image'], images: Images): Setting[] {
  return Array.from({ length: random.once(2) ? 1 : 1 + random.below(4) }, () =>
    makeSetting(random, live, images),
  );
}

export function named(settings: readonly Setting[], first: JsonObject): JsonObject {
  return Object.fromEntries([
    ...Object.entries(first),
    ...settings.filter(({ name }) => name !== 'id').map(({ name, value }) => [name, value] as const),
  ]);
}

export const aboutOf = (settings: readonly Setting[]): string[] => settings.map(({ about }) => about);

export function image(data: Json): Document {
  return { kind: 'image', data };
}
