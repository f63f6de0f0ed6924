import { adoptVerb } from './adopt.ts';
import { applyVerb, importVerb, planVerb } from './apply.ts';
import { completionVerb, explainVerb, manVerb } from './completion.ts';
import type { Verb } from './definition.ts';
import { diffVerb } from './diff.ts';
import { emulatorVerb, snapshotVerb } from './emulator.ts';
import { execVerb } from './exec.ts';
import { convertVerb, diskVerb } from './files.ts';
import { copyVerb, exportVerb, transferVerb } from './images.ts';
import { lintVerb } from './lint.ts';
import { lspVerb } from './lsp.ts';
import { mcpVerb } from './mcp.ts';
import { rehearseVerb } from './rehearse.ts';

/** All verbs, in the order of the list. */
export const verbs: readonly Verb[] = [
  emulatorVerb,
  snapshotVerb,
  execVerb,
  lintVerb,
  diskVerb,
  planVerb,
  diffVerb,
  applyVerb,
  adoptVerb,
  importVerb,
  exportVerb,
  copyVerb,
  transferVerb,
  rehearseVerb,
  convertVerb,
  lspVerb,
  mcpVerb,
  explainVerb,
  completionVerb,
  manVerb,
];

/** Those of one word, which shells complete. */
export const plainVerbs = verbs.filter(({ name }) => !name.includes(' '));
