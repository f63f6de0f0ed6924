import { exitCodes } from '../commandLine.ts';
import { printable } from '../plainText.ts';
import { nearest } from '../rules/nearest.ts';
import type { Verb } from './definition.ts';
import { chooseWidth, helpText, listText } from './help.ts';
import { asksHelp } from './read.ts';
import { plainNames, verbs } from './verbs.ts';

/** Answers what needs no verb to run: help, and verbs that there are not. False where a verb is to run after all. */
export function answerHelp(name: string | undefined, args: readonly string[]): boolean {
  const [about, ...more] = args;
  const asked = name === 'help' && about?.startsWith('-') === false ? about : name;
  const [next] = name === 'help' ? more : args; // a verb may have a verb of its own: `emulator snapshot`
  const verb = find(`${asked} ${next}`) ?? find(asked);
  if (asked === '--help' || asked === '-h' || (asked === 'help' && !asksHelp(args)))
    process.stdout.write(listText(verbs));
  else if (verb) {
    if (name !== 'help' && !asksHelp(args)) return false;
    process.stdout.write(helpText(verb, chooseWidth(process.stdout)));
  } else {
    process.stderr.write(asked === undefined ? listText(verbs) : refuse(asked));
    process.exitCode = exitCodes.usage;
  }
  return true;
}

/** The list of all verbs is for who has none in mind. */
function refuse(asked: string): string {
  const isOption = asked.startsWith('-');
  const meant = nearest(asked, isOption ? ['--help', '--version'] : plainNames);
  const refusal = `There is no ${isOption ? 'option' : 'verb'} '${printable(asked)}'.`;
  return meant === undefined ? `${refusal}\n${listText(verbs)}` : `${refusal} Did you mean ${meant}?\n`;
}

function find(name: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb.name === name);
}
