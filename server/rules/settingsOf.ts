import { type Json, pointerTo } from './json.ts';
import type { Subject } from './subject.ts';

/** What a manifest sets of an image. */
export interface Setting {
  readonly name: string;
  /** Pointers: of the name, of the value, and of what to take away so that it is not set. */
  readonly key: string;
  readonly pointer: string;
  readonly whole: string;
  readonly value: Json;
}

/** The members of the images of a manifest, or what its patch adds and replaces. */
export function settingsOf(subject: Subject): Setting[] {
  if (subject.kind === 'image')
    return subject.images().flatMap(({ pointer, image }) =>
      Object.entries(image).map(([name, value]) => {
        const place = pointer + pointerTo(name);
        return { name, key: place, pointer: place, whole: place, value };
      }),
    );
  if (subject.kind !== 'patch') return [];
  return subject.operations().flatMap(({ at, name, operation }) => {
    const { value } = operation;
    if (value === undefined) return [];
    const places = { key: pointerTo(at, 'path'), pointer: pointerTo(at, 'value'), whole: pointerTo(at) };
    return [{ name, ...places, value }];
  });
}
