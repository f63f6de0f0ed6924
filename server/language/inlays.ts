import { findMember } from '../manifests/nodes.ts';
import { gigabytes } from '../rules/answers.ts';
import { imageNodesOf } from './imageNodes.ts';
import type { Analysis } from './types.ts';

/** Text shown behind a value, not part of the document. */
export interface Inlay {
  readonly at: number;
  readonly label: string;
}

/** Attributes whose value is a number of bytes. */
const sizes = ['size', 'virtual_size'];
const smallest = 1_000_000;

/** Sizes in bytes as people say them; between two offsets. */
export function inlaysOf({ file }: Analysis, start: number, end: number): Inlay[] {
  const inlays: Inlay[] = [];
  for (const document of file.documents) {
    if (document.kind !== 'image') continue;
    for (const { node } of imageNodesOf(document)) {
      if (node.end < start || node.start > end) continue;
      for (const name of sizes) {
        const value = findMember(node, [name])?.member.node;
        if (typeof value?.value !== 'number' || value.value < smallest) continue;
        if (value.start >= start && value.end <= end)
          inlays.push({ at: value.end, label: `= ${gigabytes(value.value)}` });
      }
    }
  }
  return inlays;
}
