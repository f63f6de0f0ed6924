import { exitCodes } from '../commandLine.ts';
import { nearest } from '../rules/nearest.ts';
import type { Verb } from './definition.ts';
import { chooseWidth, helpText, listText } from './help.ts';
import { asksHelp } from './read.ts';
import { plainVerbs, verbs } from './verbs.ts';

/** Answers what needs no verb to run: help, and verbs that there are not. False where a verb is to run after all. */
export function answerHelp(name: string | undefined, args: readonly string[]): boolean {
  const [about, ...more] = args;
  const asked = name === 'help' && about !== undefined ? about : name;
  const [next] = name === 'help' ? more : args; // a verb may have a verb of its own: `emulator snapshot`
  const verb = find(`${asked} ${next}`) ?? find(asked);
  if (verb) {
    if (name !== 'help' && !asksHelp(args)) return false;
    process.stdout.write(helpText(verb, chooseWidth(process.stdout)));
  } else if (asked === '--help' || asked === '-h' || asked === 'help') process.stdout.write(listText(verbs));
  else {
    const names = plainVerbs.map((one) => one.name);
    const meant = asked === undefined ? undefined : nearest(asked, names);
    const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
    process.stderr.write(
      `${asked === undefined ? '' : `There is no verb '${asked}'.${question}\n`}${listText(verbs)}`,
    );
    process.exitCode = exitCodes.usage;
  }
  return true;
}

function find(name: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}
