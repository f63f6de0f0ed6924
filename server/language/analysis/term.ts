import type { Json } from '../../rules/json.ts';

/** A key that can stand at a place of a manifest, from the schemas: for hover and completion. */
export interface Term {
  readonly name: string;
  /** A noun phrase, where one is known. */
  readonly title?: string;
  /** Markdown. */
  readonly description: string;
  readonly values: readonly Json[];
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'object';
}
