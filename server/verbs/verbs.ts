import { applyVerb, importVerb, planVerb } from './apply.ts';
import { completionVerb, explainVerb, manVerb } from './completion.ts';
import type { Verb } from './definition.ts';
import { emulatorVerb } from './emulator.ts';
import { convertVerb, diskVerb } from './files.ts';
import { copyVerb, exportVerb, transferVerb } from './images.ts';
import { lintVerb } from './lint.ts';
import { mcpVerb } from './mcp.ts';
import { rehearseVerb } from './rehearse.ts';

/** All verbs, in the order of the list. */
export const verbs: readonly Verb[] = [
  emulatorVerb,
  lintVerb,
  diskVerb,
  planVerb,
  applyVerb,
  importVerb,
  exportVerb,
  copyVerb,
  transferVerb,
  rehearseVerb,
  convertVerb,
  mcpVerb,
  explainVerb,
  completionVerb,
  manVerb,
];
