import { exitCodeMeanings, exitCodes } from '../commandLine.ts';
import type { Option, Verb } from './definition.ts';

/** The manual page of section 1, in roff's man macros. `date`: of the build. */
export function manualPage(verbs: readonly Verb[], version: string, date: Date): string {
  const lines = [
    `.TH CLOUD\\-IMAGES 1 "${date.toISOString().slice(0, 10)}" "cloud-images ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'cloud\\-images \\- machine images as manifests: checked, planned, rehearsed',
    '.SH SYNOPSIS',
    ...verbs.flatMap(({ name, brief: { takes } }) => [
      `.B cloud\\-images ${roff(name)}`,
      ...(takes === '' ? [] : [roff(takes)]),
      '.br',
    ]),
    '.B cloud\\-images',
    '\\-\\-version',
    '.SH DESCRIPTION',
    fill(
      'Checks, plans, applies and rehearses manifests of machine images of Rackspace Cloud Images and OpenStack Glance, against a cloud of clouds.yaml or an emulator of its own.',
    ),
    '.SH COMMANDS',
    ...verbs.flatMap(verbLines),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([name, code]) => [
      '.TP',
      `.B ${code}`,
      fill(exitCodeMeanings[name as keyof typeof exitCodes]),
    ]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, text]) => ['.TP', `.B ${roff(name)}`, fill(text)]),
    '.SH FILES',
    ...files.flatMap(([name, text]) => ['.TP', `.I ${roff(name)}`, fill(text)]),
  ];
  return `${lines.join('\n')}\n`;
}

const environment = [
  ['OS_CLOUD', 'An entry of clouds.yaml, where neither --cloud nor --emulator is given.'],
  ['OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, …', 'The cloud, as for openstack.'],
  ['OS_CLIENT_CONFIG_FILE', 'The clouds.yaml to read.'],
  [
    'CLOUD_IMAGES_EMULATOR_PASSWORD',
    'The password in the emulator, where it is another than that of the demo.',
  ],
  ['HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY', 'As for openstack, and never for this machine itself.'],
  ['NO_COLOR, FORCE_COLOR', 'No colors, or colors also for a pipe.'],
] as const;

const files = [
  ['.cloud-images.json', 'Settings of the folder of manifests.'],
  ['~/.cloud-images/undo', 'How each apply is taken back.'],
  ['~/.cloud-images/transfers', 'How far each transfer is.'],
  ['~/.cloud-images/emulator', 'The data of the emulator.'],
] as const;

function verbLines({ name, forms, description, options, notes = [], examples, compares }: Verb): string[] {
  return [
    ...forms.flatMap(({ takes, does }) => [
      `.SS cloud\\-images ${roff(`${name} ${takes}`.trimEnd())}`,
      ...(does === undefined ? [] : [sentence(does)]),
    ]),
    ...description.flatMap((paragraph) => ['.PP', fill(paragraph)]),
    ...Object.entries(options).flatMap(([option, definition]) => [
      '.TP',
      optionLine(option, definition),
      fill(definition.help),
    ]),
    ...notes.flatMap((note) => ['.PP', fill(note)]),
    ...(compares ? ['.PP', 'Ends with 2 where something differs.'] : []),
    '.PP',
    'Examples:',
    '.PP',
    '.nf',
    ...examples.map(roff),
    '.fi',
  ];
}

/** `\fB--to\fR \fIFORMAT\fR` */
function optionLine(name: string, { short, value, takesNext }: Option): string {
  const letter = short === undefined ? '' : `\\fB\\-${short}\\fR, `;
  const argument =
    value === undefined ? '' : takesNext ? `[=\\fI${roff(value)}\\fR]` : ` \\fI${roff(value)}\\fR`;
  return `${letter}\\fB\\-\\-${roff(name)}\\fR${argument}`;
}

function sentence(text: string): string {
  return fill(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`);
}

/** A text that roff takes as it is. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replace(/^\./, '\\&.');
}

/** A paragraph in lines as roff's manuals have them: a sentence begins a line, none is longer than 80 bytes. */
function fill(text: string): string {
  const lines = text.split(/(?<=\w{2}[.:;)]) +/).flatMap((sentence) => {
    const filled: string[] = [];
    for (const word of sentence.split(' ')) {
      const line = filled.at(-1);
      if (line === undefined || roff(`${line} ${word}`).length > 78) filled.push(word);
      else filled[filled.length - 1] = `${line} ${word}`;
    }
    return filled;
  });
  return lines.map(roff).join('\n');
}
