import { exitCodesUsage } from '../commandLine.ts';
import { type Option, summarize, type Verb } from './definition.ts';

/** Columns of help where no terminal says how many it has. */
const usualWidth = 110;

/** The width of a terminal, as far as lines are read with ease. */
export function chooseWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number {
  return isTTY && columns ? Math.min(Math.max(columns, 60), 120) : usualWidth;
}

/** What `cloud-images VERB --help` says. */
export function helpText(verb: Verb, width: number = usualWidth): string {
  const blocks = [
    formsText(verb, width),
    ...verb.description.map((paragraph) => `${wrap(paragraph, width)}\n`),
    optionsText(verb, width) + (verb.notes ?? []).map((note) => `${wrap(note, width)}\n`).join(''),
    exitCodesUsage,
    verb.examples.map((example) => `  ${example}\n`).join(''),
  ];
  return blocks.join('\n');
}

/** What `cloud-images --help` says. */
export function listText(verbs: readonly Verb[]): string {
  const heads = verbs.map(({ name, brief: { takes } }) => `cloud-images ${name} ${takes}`.trimEnd());
  const column = Math.max(...heads.map(({ length }) => length)) + 2;
  const lines = verbs.map((verb, at) => `${(heads[at] ?? '').padEnd(column)}${summarize(verb)}\n`);
  return `${lines.join('')}${'cloud-images --version'.padEnd(column)}the version alone

cloud-images VERB --help has the options and examples. NO_COLOR and FORCE_COLOR decide on colors.
${exitCodesUsage}`;
}

function formsText({ name, forms }: Verb, width: number): string {
  const heads = forms.map(({ takes }) => `cloud-images ${name} ${takes}`.trimEnd());
  const column = Math.max(...heads.map(({ length }) => length)) + 3;
  return forms
    .map(({ does }, at) => {
      const head = heads[at] ?? '';
      if (does === undefined) return `${wrap(head, width, 22)}\n`;
      const isShort = column + does.length <= width;
      return isShort ? `${head.padEnd(column)}${does}\n` : `${head}\n${wrap(`  ${does}`, width, 2)}\n`;
    })
    .join('');
}

function optionsText({ options }: Verb, width: number): string {
  const heads = Object.entries(options).map(([name, option]) => [spell(name, option), option.help] as const);
  const column = Math.min(Math.max(...heads.map(([{ length }]) => length)), 20) + 4;
  const indent = ' '.repeat(column);
  return heads
    .map(([head, help]) => {
      const first = head.length + 4 > column ? `  ${head}\n${indent}` : `  ${head}`.padEnd(column);
      return `${first}${wrap(help, width - column).replaceAll('\n', `\n${indent}`)}\n`;
    })
    .join('');
}

/** `-o, --output FILE`, `--emulator[=WHERE]`. */
function spell(name: string, { short, value, takesNext }: Option): string {
  const letter = short === undefined ? '' : `-${short}, `;
  const argument = value === undefined ? '' : takesNext ? `[=${value}]` : ` ${value}`;
  return `${letter}--${name}${argument}`;
}

/** Breaks a text at blanks; lines behind the first are indented. */
function wrap(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    }
  }
  return [...lines, line].join('\n');
}
