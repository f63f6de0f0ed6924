import { adoptVerb } from './adopt.ts';
import { applyVerb, importVerb, planVerb } from './apply.ts';
import { completionVerb, explainVerb, helpVerb, manVerb } from './completion.ts';
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

const runVerbs: readonly Verb[] = [
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

/** All verbs, in the order of the list. */
export const verbs: readonly Verb[] = [...runVerbs, helpVerb(namesOf(runVerbs))];

/** The names of those of one word. */
export const plainNames = namesOf(verbs);

function namesOf(some: readonly Verb[]): string[] {
  return some.map(({ name }) => name).filter((name) => !name.includes(' '));
}
