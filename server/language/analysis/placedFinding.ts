import type { TextRepair } from '../../manifests/nodes.ts';
import type { Finding } from '../../rules/rule.ts';

/** A finding with its place in the text. */
export interface PlacedFinding {
  readonly document: number;
  readonly finding: Finding;
  /** Edits of the text, where the text itself is wrong. */
  readonly repairs?: readonly TextRepair[];
  readonly start: number;
  readonly end: number;
}
