import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imageNow, onEmulator, openPlace } from './cli.ts';

/** Bytes that are no text are named, never written and never sent; UTF-16 with its mark is read. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } });

const latin = Buffer.from('name: Zürich\ntags:\n  - a/b\n', 'latin1');
function write(name: string, bytes: Uint8Array): string {
  writeFileSync(join(cli.workspace, name), bytes);
  return name;
}

test('lint names the byte and its place in every format, and --fix writes nothing', async () => {
  const name = write('latin.image.yaml', latin);
  write('sound.image.yaml', Buffer.from('name: web\ntags: [a b]\n'));
  const { code, stdout } = await cli.run(['lint', '--fix', name, 'sound.image.yaml']);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /latin\.image\.yaml\n {2}1:8 +error +Byte 0xFC \(the 8th of the file\) is not UTF-8\. Save the file as UTF-8\. {2}manifest\/encoding\n/,
  );
  assert.deepEqual(readFileSync(join(cli.workspace, name)), latin);
  assert.match(readFileSync(join(cli.workspace, 'sound.image.yaml'), 'utf8'), /a_b/);
  for (const format of ['json', 'sarif', 'github', 'junit'])
    assert.match((await cli.run(['lint', '--format', format, name])).stdout, /Byte 0xFC/, format);
});

test('UTF-16 and a byte order mark are read, fixed and written as they were', async () => {
  const text = (tag: string) => `name: Zürich\r\ntags: [${tag}]\r\n`;
  const encodings: Record<string, (text: string) => Buffer> = {
    'le.image.yaml': (own) => Buffer.from(`\ufeff${own}`, 'utf16le'),
    'be.image.yaml': (own) => Buffer.from(`\ufeff${own}`, 'utf16le').swap16(),
    'mark.image.yaml': (own) => Buffer.from(`\ufeff${own}`),
  };
  for (const [name, encode] of Object.entries(encodings)) {
    write(name, encode(text('a/b')));
    const { code, stdout } = await cli.run(['lint', '--fix', name]);
    assert.equal(code, 0, stdout);
    assert.deepEqual(readFileSync(join(cli.workspace, name)), encode(text('a_b')), name);
  }
});

test('plan, apply, rehearse and export refuse it with file, line and column, and nothing is sent', async () => {
  const made = await owner.ask('POST', '/dfw/image/v2/images', {
    name: 'Z',
    disk_format: 'vhd',
    container_format: 'ovf',
  });
  const id = String(made.json['id']);
  const name = write('sent.image.yaml', Buffer.from(`id: ${id}\nname: Zürich\n`, 'latin1'));
  const lost = write('lost.image.yaml', Buffer.from(`id: ${id}\nname: Z\ufffdrich\n`));
  for (const verb of [['plan'], ['apply', '--yes'], ['rehearse']]) {
    const at = verb[0] === 'rehearse' ? [] : [onEmulator(emulator)];
    const { code, stderr } = await cli.run([...verb, ...at, name]);
    assert.notEqual(code, 0, verb.join());
    assert.match(stderr, /sent\.image\.yaml:2:8: Byte 0xFC .* Save the file as UTF-8\./, verb.join());
    const second = await cli.run([...verb, ...at, lost]);
    assert.notEqual(second.code, 0, verb.join());
    assert.match(second.stderr, /lost\.image\.yaml:2: This sign stands where/, verb.join());
  }
  const task = 'type: export\ninput:\n  receiving_swift_container: Zürich\n';
  const exported = await cli.run([
    'export',
    onEmulator(emulator),
    write('z.image-export.yaml', Buffer.from(task, 'latin1')),
  ]);
  assert.match(exported.stderr, /z\.image-export\.yaml:3:31: Byte 0xFC/);
  assert.equal((await imageNow(owner, 'dfw', id))['name'], 'Z');
});

test('settings that are no text are named, and the manifest is not judged without them', async () => {
  write('.cloud-images.json', Buffer.from('{ "ownPrefix": "com.zürich" }', 'latin1'));
  const { code, stderr } = await cli.run(['lint', 'mark.image.yaml']);
  assert.equal(code, 1);
  assert.match(stderr, /\.cloud-images\.json:1:22: Byte 0xFC .* It is not used\./);
});
