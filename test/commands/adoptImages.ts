import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../server/rules/json.ts';
import { randomImage } from '../cloud/randomImage.ts';
import { patchType } from '../emulator/harness.ts';
import { randomOf } from '../fuzz/random.ts';
import { onEmulator, type Place } from './cli.ts';

/**
 * Makes so many random images, adopts the whole project, and has each plan empty; changes some of the images, adopts again
 * over files with comments, and has that again. Throws AssertionError.
 */
export async function adoptImages(
  { emulator, owner, cli }: Place,
  {
    count,
    seed,
    format,
  }: { readonly count: number; readonly seed: number; readonly format: 'yaml' | 'json' },
): Promise<void> {
  const at = onEmulator(emulator);
  const images = '/dfw/image/v2/images';
  const ids: string[] = [];
  for (let number = 1; number <= count; number++) {
    const chance = randomOf(seed, number);
    const made = await owner.ask('POST', images, randomImage(chance));
    assert.equal(made.status, 201, made.text);
    ids.push(String(made.json['id']));
    if (chance.once(4)) await owner.ask('POST', `${images}/${ids.at(-1)}/members`, { member: '100002' });
  }
  const folder = `adopted-${format}`;
  const path = (file: string): string => join(cli.workspace, folder, file);
  const adopt = async (): Promise<JsonObject[]> => {
    const { code, stdout, stderr } = await cli.run([
      'adopt',
      '--all',
      '-o',
      folder,
      '--format',
      format,
      '--json',
      at,
    ]);
    assert.equal(code, 0, stderr + stdout);
    return JSON.parse(stdout).images;
  };
  const requireEmpty = async (): Promise<void> => {
    const { code, stdout, stderr } = await cli.run(['plan', at, '--json', folder]);
    assert.equal(code, 0, stdout + stderr);
    assert.ok(JSON.parse(stdout).steps.length >= count);
    const diff = await cli.run(['diff', at, folder]);
    assert.equal(diff.code, 0, diff.stdout + diff.stderr);
  };
  const written = await adopt();
  assert.deepEqual(
    ids.filter((id) => !written.some((one) => one['id'] === id && one['outcome'] === 'written')),
    [],
  );
  await requireEmpty();

  const comment = format === 'yaml' ? '# ours, to stay\n' : '\n\n'; // JSON has none
  const files = readdirSync(join(cli.workspace, folder));
  for (const file of files) writeFileSync(path(file), comment + readFileSync(path(file), 'utf8'));
  const before = new Map(files.map((file) => [file, readFileSync(path(file), 'utf8')]));
  assert.ok((await adopt()).every(({ outcome }) => outcome === 'unchanged'));
  const changed = new Set<string>();
  for (const [at, id] of ids.entries()) {
    const chance = randomOf(seed + 1, at);
    if (!chance.once(3)) continue;
    const patch = [
      { op: 'add', path: '/adopted_again', value: chance.pick(['x', 'No', 'a: b', '1']) },
      { op: 'replace', path: '/min_ram', value: 2048 + at },
    ];
    const done = await owner.ask('PATCH', `${images}/${id}`, patch, patchType);
    assert.equal(done.status, 200, done.text);
    changed.add(id);
  }
  const again = await adopt();
  for (const { id, file, outcome } of again) {
    const name = String(file).slice(folder.length + 1);
    const text = readFileSync(path(name), 'utf8');
    assert.equal(outcome, changed.has(String(id)) ? 'updated' : 'unchanged', name);
    assert.ok(text.startsWith(comment), text);
    const had = /adopted_again/.test(before.get(name) ?? ''); // of an earlier run of another format
    assert.equal(/adopted_again/.test(text), had || changed.has(String(id)), text);
    const lines = (from: string): string[] =>
      from.split('\n').filter((line) => !/min_ram|adopted_again/.test(line));
    const bare = (from: string): string[] => lines(from).map((line) => line.replace(/,$/, ''));
    assert.deepEqual(bare(text), bare(before.get(name) ?? ''), 'all other lines stay as they are');
  }
  await requireEmpty();
}
