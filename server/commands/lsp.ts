import { loadCompiled } from '../entry.ts';
import { lspVerb } from '../verbs/lsp.ts';
import { runBriefVerb } from './verb.ts';

/** `cloud-images lsp`. Standard output is the protocol's alone; the server ends the process. */
export function main(args: readonly string[]): Promise<void> {
  return runBriefVerb(lspVerb, args, async () => {
    await loadCompiled('./languageServer.js');
    return new Promise<never>(() => undefined);
  });
}
