import type { Rule } from '../../rule.ts';
import { placementRules } from './placement.ts';
import { retirementRules } from './retirement.ts';
import { systemRules } from './system.ts';

/** What is accepted and of no use, or of less than was meant. */
export const propertyUseRules: readonly Rule[] = [...placementRules, ...retirementRules, ...systemRules];
