/** Makes files, has both sides judge them, and counts by class how they differ. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { nameParts } from '../../../server/manifests/kinds.ts';
import { readManifest } from '../../../server/manifests/read.ts';
import type { PropertyProtection } from '../../../server/rules/profile/profile.ts';
import { type Random, randomOf } from '../../fuzz/random.ts';
import type { ProfileName } from '../lives.ts';
import { makeCase } from './cases.ts';
import { type Comparison, compare } from './compare.ts';
import { type Editor, openEditor } from './editor.ts';
import type { Case } from './forms.ts';
import { openRunner, type Runner } from './run.ts';
import { saveOpened } from './save.ts';
import { openTheWorld, type World } from './world.ts';
import { type WrittenFile, writeFile } from './write.ts';

/** Disagreements that are alike, with the shortest file that shows them. */
export interface Class {
  readonly name: string;
  count: number;
  readonly forms: Set<string>;
  text: string;
  about: string;
  said: string;
  case: number;
}

export interface Result {
  readonly cases: number;
  readonly classes: readonly Class[];
  /** By form of the file, and by outcome. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

interface Bench {
  readonly world: World;
  readonly editor: Editor;
  readonly runner: Runner;
}

/** Judges files of a seed; `form`: only those of which this is a part. */
export async function agreeOnTexts(
  profile: ProfileName,
  count: number,
  seed: number,
  {
    form = '',
    protection,
  }: { readonly form?: string; readonly protection?: readonly PropertyProtection[] } = {},
): Promise<Result> {
  const world = await openTheWorld(profile, protection);
  const editor = await openEditor(world);
  const bench = { world, editor, runner: openRunner(world) };
  const classes = new Map<string, Class>();
  const outcomes = new Map<string, Map<string, number>>();
  let cases = 0;
  try {
    for (let number = 0; number < count; number++) {
      const one = makeCase(randomOf(seed, number), world.images);
      if (!one.form.includes(form)) continue;
      cases++;
      const written = writeFile(
        one.documents,
        one.format,
        one.edited ? asFormatted : randomOf(seed + 1, number),
      );
      for (const comparison of await judge(bench, one, written)) {
        tally(outcomes, one.form, comparison.outcome);
        tally(outcomes, `by ${one.caller}`, comparison.outcome);
        tally(outcomes, `of: ${one.of}`, comparison.outcome);
        note(classes, one, written, comparison, number);
      }
    }
  } finally {
    await editor.close();
    await world.close();
  }
  return { cases, classes: [...classes.values()], outcomes };
}

/** The editor's own way of writing an image: what is said of it is about the text as it was opened. */
export const asFormatted: Random = { below: () => 0, once: () => false, pick: ([first]) => first as never };

async function judge(
  { world, editor, runner }: Bench,
  one: Case,
  written: WrittenFile,
): Promise<Comparison[]> {
  const { caller, opened, edited, beside, meanwhile, documents } = one;
  const { text } = written;
  const path = `web.${nameParts[documents[0]?.kind ?? 'image']}.${one.format}`;
  const misread = findMisreading(one, path, text);
  if (misread !== undefined)
    return [{ document: 0, outcome: 'unreadable', disagreement: 'misread', said: misread }];
  const companion = join(world.root, 'web.image.yaml');
  if (beside) writeFileSync(companion, JSON.stringify(beside));
  try {
    const between = meanwhile && (() => changeMeanwhile(world, one));
    const findings = await editor.look({ path, text, caller, opened }, between);
    const run = edited
      ? await saveOpened(world, world.user(caller), edited, text)
      : await runner.run({ path, text, caller, image: opened });
    if (meanwhile || ('changed' in run && run.changed)) await world.restore();
    return compare(one, written, findings, run);
  } finally {
    if (beside) rmSync(companion);
  }
}

/** How what the product reads of a text differs from what it was made of. */
function findMisreading({ documents, format }: Case, path: string, text: string): string | undefined {
  if (documents.some(({ twice }) => twice !== undefined)) return undefined;
  const { problems, documents: all } = readManifest({ text, path });
  const read = all.filter(({ root }) => root).map(({ data }) => data);
  const errors = problems.filter(({ severity }) => severity === 'error');
  const meant = documents.map(({ data }) => data);
  if (errors.length === 0 && isDeepStrictEqual(read, meant)) return undefined;
  return `editor: ${errors.map(({ rule, message, start }) => `${rule}: ${message} at ${start}`).join(' | ')}; emulator: ${format}: ${JSON.stringify(read)} for ${JSON.stringify(meant)}`;
}

/** Deletes, renames or shares no more the image that a case names. */
export async function changeMeanwhile(world: World, { of, meanwhile }: Case): Promise<void> {
  const image = world.images.all.find(({ whose }) => whose === of);
  if (!image) return;
  const { cloud } = world.user(of.startsWith('shared') ? 'partner' : 'owner');
  if (meanwhile === 'renamed')
    await cloud.images.patch(image.id, [{ op: 'replace', path: '/name', value: 'another' }]);
  else if (meanwhile === 'deleted') {
    if (image.image?.get('protected') === true)
      await cloud.images.patch(image.id, [{ op: 'replace', path: '/protected', value: false }]);
    await cloud.images.delete(image.id);
  } else await cloud.members.remove(image.id, world.images.accounts[0]);
}

function tally(outcomes: Map<string, Map<string, number>>, row: string, outcome: string): void {
  const counts = outcomes.get(row) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  outcomes.set(row, counts);
}

function note(
  classes: Map<string, Class>,
  one: Case,
  { text }: WrittenFile,
  { disagreement, said = '' }: Comparison,
  number: number,
): void {
  if (!disagreement) return;
  const name = `${disagreement}: ${shapeOf(disagreement, said)}`;
  const about = `${one.about.join(' + ')}; of ${one.of}; by ${one.caller}${one.meanwhile ? `; meanwhile ${one.meanwhile}` : ''}${one.opened ? `; opened ${one.opened}` : ''}${one.beside ? `; beside ${JSON.stringify(one.beside)}` : ''}`;
  const known = classes.get(name);
  if (!known)
    classes.set(name, { name, count: 1, forms: new Set([one.form]), text, about, said, case: number });
  else {
    known.count++;
    known.forms.add(one.form);
    if (text.length < known.text.length) Object.assign(known, { text, about, said, case: number });
  }
}

/** What the cloud says, without what differs from image to image; of a surplus, the editor's rules. */
function shapeOf(disagreement: string, said: string): string {
  if (disagreement === 'misread') return said.includes('editor: ;') ? 'data' : 'errors';
  const [editor = '', emulator = ''] = said.split('; emulator: ');
  const rules = new Set(
    [...editor.matchAll(/(?:^editor: |\| )([a-z-]+\/[a-z-]+)(?=: )/g)].map(([, rule = '']) => rule),
  );
  if (disagreement === 'surplus') return [...rules].sort().join(', ');
  const [first = ''] = emulator.split(' | ');
  const rule = /^\d+ ([a-z-]+\/[a-z-]+)/.exec(first)?.[1];
  return (
    rule ??
    first
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, 'ID')
      .replace(/'[^']*'/g, '…')
      .slice(0, 60)
  );
}

export function print({ cases, classes, outcomes }: Result): void {
  const columns = ['accepted', 'refused', 'unchecked', 'not asked', 'unreadable'];
  console.log(`${'documents'.padEnd(44)}${columns.map((name) => name.padStart(12)).join('')}`);
  for (const [row, counts] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(
      `${row.padEnd(44)}${columns.map((name) => String(counts.get(name) ?? 0).padStart(12)).join('')}`,
    );
  const total = classes.reduce((sum, { count }) => sum + count, 0);
  console.log(`\n${cases} files, ${total} disagreements in ${classes.length} classes`);
  for (const { name, count, forms, text, about, said, case: number } of [...classes].sort(
    (a, b) => b.count - a.count,
  ))
    console.log(
      `\n${count} × ${name}\n  in: ${[...forms].join(', ')}\n  case ${number}: ${about}\n${text.replace(/^/gm, '    ')}\n  ${said}`,
    );
}
