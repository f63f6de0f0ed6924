import { isRefusal, type NovaProps } from '../../properties/judge.ts';
import type { PropertySet, StatedProperty } from '../../properties/propertySet.ts';
import type { Subject } from '../../subject.ts';

/** The properties of an image as Nova reads them, beside what the manifest states of them. */
export interface NovaSet {
  readonly set: PropertySet;
  readonly props: NovaProps;
  /** What Nova has of a property, by its current name. */
  value(field: string): unknown;
  /** The first of some properties that the manifest states; Nova's names. */
  find(...fields: readonly string[]): StatedProperty | undefined;
}

/** The images of a manifest whose properties Nova takes; what it refuses is said already. */
export function* novaSets({ properties }: Subject): Generator<NovaSet> {
  for (const set of properties()) {
    if (set.stated.length === 0) continue;
    const props = set.nova();
    if (isRefusal(props)) continue;
    yield {
      set,
      props,
      value: (field) => props.values.get(field),
      find: (...fields) => {
        for (const field of fields) {
          const found = set.stated.find((stated) => stated.field === field);
          if (found) return found;
        }
        return undefined;
      },
    };
  }
}
