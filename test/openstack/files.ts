/**
 * `npm run test:openstack -- files [CASES [SEED]]`: files as people write them, in the profile openstack, judged by a real
 * Glance that is started on loopback: beside it by the emulator, by status and words, and by the language server.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameParts } from '../../server/manifests/kinds.ts';
import { asFormatted, changeMeanwhile } from '../agreement/texts/agree.ts';
import { makeCase } from '../agreement/texts/cases.ts';
import { compare } from '../agreement/texts/compare.ts';
import { type Editor, openEditor } from '../agreement/texts/editor.ts';
import type { Case } from '../agreement/texts/forms.ts';
import { openRunner, type Run, type Runner } from '../agreement/texts/run.ts';
import { saveOpened } from '../agreement/texts/save.ts';
import { openTheWorld, type World } from '../agreement/texts/world.ts';
import { writeFile } from '../agreement/texts/write.ts';
import { randomOf } from '../fuzz/random.ts';
import { openGlanceWorld } from './glanceWorld.ts';

const [cases = '2000', seed = '1'] = process.argv.slice(2);

interface Side {
  readonly world: World;
  readonly editor: Editor;
  readonly runner: Runner;
}

async function open(world: World): Promise<Side> {
  return { world, editor: await openEditor(world), runner: openRunner(world) };
}

/** Both sides make the same case, of images of their own. */
async function judge({ world, editor, runner }: Side, number: number) {
  const one = makeCase(randomOf(Number(seed), number), world.images);
  const written = writeFile(
    one.documents,
    one.format,
    one.edited ? asFormatted : randomOf(Number(seed) + 1, number),
  );
  if (!world.users.has(one.caller)) return undefined;
  const { text } = written;
  const { caller, opened, beside, meanwhile } = one;
  const path = `web.${nameParts[one.documents[0]?.kind ?? 'image']}.${one.format}`;
  const companion = join(world.root, 'web.image.yaml');
  if (beside) writeFileSync(companion, JSON.stringify(beside));
  try {
    const findings = await editor.look(
      { path, text, caller, opened },
      meanwhile && (() => changeMeanwhile(world, one)),
    );
    const run = one.edited
      ? await saveOpened(world, world.user(caller), one.edited, text)
      : await runner.run({ path, text, caller, image: opened });
    if (meanwhile || ('changed' in run && run.changed)) await world.restore();
    return { one, text, run, compared: compare(one, written, findings, run) };
  } finally {
    if (beside) rmSync(companion);
  }
}

/** Statuses and words, without ids. */
function tell(run: Run): string[] {
  if ('unreadable' in run) return ['unreadable'];
  return run.answers.map(({ document, step, refused, notAsked }) => {
    const said = refused
      ? `${refused.status} ${plain(refused.text)}`
      : notAsked === undefined
        ? 'done'
        : 'not asked';
    return `${document}.${step} ${said}`;
  });
}

function plain(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|10000\d/gi, 'ID')
    .replace(/\s+/g, ' ')
    .replace(/(does not match schema 'image').*/, '$1') // in the words of Python's validator
    .trim();
}

/** What the editor is held to: words and rule ids are the emulator's. */
const verdicts: ReadonlySet<string> = new Set(['missed', 'surplus', 'silent']);
/** Where the emulator is deliberately other than Glance (server/emulator/README.md), by what it refuses. */
const deliberate: readonly { readonly rule: string; readonly text: RegExp }[] = [
  { rule: 'image/read-only', text: /^Attribute 'stores' is read-only/ },
  { rule: 'image/read-only', text: /^Owner can't be updated/ },
  { rule: 'property/name', text: /is longer than/ },
  { rule: 'tag/empty', text: /a tag is empty/ },
  { rule: 'patch/pointer', text: /^Pointer `(?:null|true|false|[\d[{-])/ }, // no text: Glance answers 500
];
type Column = 'files' | 'status' | 'words' | 'editor' | 'deliberate';
const counts = new Map<string, Record<Column, number>>();
const examples = new Map<string, { count: number; example: string }>();

function count(row: string, column: Column): void {
  const known = counts.get(row) ?? { files: 0, status: 0, words: 0, editor: 0, deliberate: 0 };
  known[column]++;
  counts.set(row, known);
}

function note(name: string, example: string): void {
  const known = examples.get(name);
  if (!known) examples.set(name, { count: 1, example });
  else {
    known.count++;
    if (example.length < known.example.length) known.example = example;
  }
}

/** Answers whether the two differ, or by intent only. */
function compareSides(one: Case, text: string, real: Run, emulated: Run): 'same' | 'other' | 'deliberate' {
  const [glance, emulator] = [tell(real), tell(emulated)];
  const status = (all: readonly string[]): string =>
    all.map((line) => line.split(' ').slice(0, 2).join(' ')).join();
  const where = `${one.about.join(' + ')}; of ${one.of}; by ${one.caller}${one.meanwhile ? `; meanwhile ${one.meanwhile}` : ''}\n${text}`;
  const differs = (line: string, index: number): boolean =>
    status([line]) !== status([emulator[index] ?? '']);
  const other = glance.findIndex(differs);
  const at = other === -1 ? glance.findIndex((line, index) => line !== emulator[index]) : other;
  const difference = `Glance: ${glance[at] ?? '-'}\n  emulator: ${emulator[at] ?? '-'}`;
  const refused = 'answers' in emulated ? emulated.answers[at]?.refused : undefined;
  if (
    status(glance) !== status(emulator) &&
    deliberate.some(({ rule, text: words }) => refused?.rule === rule && words.test(refused.text))
  ) {
    count(one.form, 'deliberate');
    return 'deliberate';
  }
  if (status(glance) !== status(emulator)) {
    count(one.form, 'status');
    note(`status: ${difference.replace(/'[^']*'/g, '…')}`, `${where}\n${difference}`);
  } else if (glance.join() !== emulator.join()) {
    count(one.form, 'words');
    note(`words: ${difference.replace(/'[^']*'/g, '…')}`, `${where}\n${difference}`);
  } else return 'same';
  return 'other';
}

const began = Date.now();
const glance = await openGlanceWorld();
try {
  const emulated = await openTheWorld('openstack');
  try {
    const sides = [await open(glance), await open(emulated)] as const;
    let judged = 0;
    let number = 0;
    for (; judged < Number(cases); number++) {
      const [real, ours] = [await judge(sides[0], number), await judge(sides[1], number)];
      if (!real || !ours) continue;
      judged++;
      if (real.one.of !== ours.one.of)
        throw new Error(`The two worlds have other images: ${real.one.of}, ${ours.one.of}.`);
      count(real.one.form, 'files');
      if (compareSides(real.one, real.text, real.run, ours.run) === 'deliberate') continue;
      for (const { disagreement, said = '' } of real.compared)
        if (disagreement && verdicts.has(disagreement)) {
          count(real.one.form, 'editor');
          note(
            `editor ${disagreement}: ${plain(said).split('; emulator: ')[1]?.slice(0, 80) ?? ''}`,
            `${real.one.about.join(' + ')}; of ${real.one.of}; by ${real.one.caller}\n${real.text}\n${said}`,
          );
        }
    }
    for (const { editor } of sides) await editor.close();
    console.log(
      `${'form'.padEnd(30)}${'files'.padStart(8)}${'another status'.padStart(16)}${'other words'.padStart(13)}${'editor differs'.padStart(16)}${'by intent'.padStart(11)}`,
    );
    for (const [row, { files, status, words, editor, deliberate: intended }] of [...counts].sort())
      console.log(
        `${row.padEnd(30)}${String(files).padStart(8)}${String(status).padStart(16)}${String(words).padStart(13)}${String(editor).padStart(16)}${String(intended).padStart(11)}`,
      );
    console.log(
      `\n${judged} files, ${number - judged} more by users whom Keystone lets into no project; ${((Date.now() - began) / 60_000).toFixed(1)} minutes`,
    );
    for (const [name, { count: times, example }] of [...examples].sort(([, a], [, b]) => b.count - a.count))
      console.log(`\n${times} × ${name}\n${example.replace(/^/gm, '    ')}`);
    if ([...counts.values()].some(({ status, editor }) => status > 0 || editor > 0)) process.exitCode = 1;
  } finally {
    await emulated.close();
  }
} finally {
  await glance.close();
}
