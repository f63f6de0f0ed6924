import { readCloudsFile } from '../cloud/session/cloudFiles.ts';
import { readSurroundings } from '../cloud/session/surroundings.ts';
import { exitCodes, UsageError } from '../commandLine.ts';
import { bashScript } from '../verbs/completion/bash.ts';
import { fishScript } from '../verbs/completion/fish.ts';
import { powershellScript } from '../verbs/completion/powershell.ts';
import { zshScript } from '../verbs/completion/zsh.ts';
import { completedNames, completionVerb, manVerb, shells } from '../verbs/completion.ts';
import { manualPage } from '../verbs/manual.ts';
import { requireChoice } from '../verbs/read.ts';
import { verbs } from '../verbs/verbs.ts';
import { productVersion } from '../version.ts';
import { runBriefVerb } from './verb.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript } as const;

/** `cloud-images completion SHELL`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runBriefVerb(completionVerb, args, async ({ positionals: [asked, another] }) => {
    if (asked === undefined || another !== undefined)
      throw new UsageError(`Name one shell: ${shells.join(', ')}.`);
    process.stdout.write(await answer(asked));
    return exitCodes.done;
  });
}

/** `cloud-images man`. Sets the process's exit code. */
export function man(args: readonly string[]): Promise<void> {
  return runBriefVerb(manVerb, args, async () => {
    process.stdout.write(manualPage(verbs, productVersion(), buildDate()));
    return exitCodes.done;
  });
}

async function answer(asked: string): Promise<string> {
  const shell = shells.find((one) => one === asked);
  if (shell) return scripts[shell](verbs);
  if (asked === 'clouds') {
    const file = readCloudsFile(readSurroundings(process.env, process.cwd()), 'clouds');
    return lines(Object.keys(file?.clouds ?? {}));
  }
  if (asked === 'codes') return lines((await import('./explain.ts')).listCodes()); // all rules, for this alone
  requireChoice(
    'completion',
    asked,
    [...shells, ...completedNames],
    asked === 'pwsh' ? 'powershell' : undefined,
  );
  return '';
}

function lines(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('');
}

/** As builds that are to be the same each time say it, else now. */
function buildDate(): Date {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH']);
  return seconds > 0 ? new Date(seconds * 1000) : new Date();
}
