import { compileExpression } from '../patterns/propertyPattern.ts';
import type { Severity } from '../severity.ts';

/** What a project asks of its images beyond what the cloud does: an item of `policies` in `.cloud-images.json`. */
export interface PolicySource {
  /** A property, or an attribute such as `name` or `min_disk`. */
  readonly property?: string;
  readonly required?: boolean;
  readonly forbidden?: boolean;
  /** The values that it may have. */
  readonly values?: readonly string[];
  /** A regular expression that the whole value fits. */
  readonly pattern?: string;
  /** A regular expression that the whole name of every custom property fits. */
  readonly names?: string;
  /** Said in place of our own sentence. */
  readonly message?: string;
  readonly severity?: Severity;
}

/** Such a policy, ready for use. */
export interface Policy extends PolicySource {
  /** Who asks, as the subject of a sentence: `This project`, `SCS-0102`. */
  readonly by: string;
  readonly fitsValue?: (text: string) => boolean;
  readonly fitsName?: (name: string) => boolean;
}

/** Makes policies ready. Throws, with the place, for one that is about nothing, and for a pattern that is none. */
export function compilePolicies(sources: readonly PolicySource[], by: string): Policy[] {
  return sources.map((source, at) => {
    const { property, pattern, names } = source;
    const place = `/policies/${at}`;
    if (property === undefined && names === undefined)
      throw new Error(`${place} is about nothing: give it 'property' or 'names'`);
    return {
      ...source,
      by,
      ...(pattern === undefined ? {} : { fitsValue: compileWhole(pattern, `${place}/pattern`) }),
      ...(names === undefined ? {} : { fitsName: compileWhole(names, `${place}/names`) }),
    };
  });
}

function compileWhole(pattern: string, place: string): (text: string) => boolean {
  try {
    compileExpression(pattern); // by itself first, since what it says has places in it
    return compileExpression(`(?:${pattern})\\Z`).matchesStart;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${place} cannot be used: ${why}`, { cause: error });
  }
}
