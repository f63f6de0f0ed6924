import { clientMutants } from './clients.ts';
import { diskMutants } from './disks.ts';
import { emulatorMutants } from './emulator.ts';
import type { Mutant } from './mutant.ts';
import { planMutants } from './plans.ts';
import { ruleMutants } from './rules.ts';
import { textMutants } from './texts.ts';
import { volumeMutants } from './volumes.ts';

export const mutants: readonly Mutant[] = [
  ...ruleMutants,
  ...textMutants,
  ...emulatorMutants,
  ...diskMutants,
  ...clientMutants,
  ...volumeMutants,
  ...planMutants,
];

/** How often the old text of a break stands in its file; it can be applied where that is once. */
export function countMatches({ from }: Mutant, content: string): number {
  return content.split(from).length - 1;
}
