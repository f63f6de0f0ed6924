/** What the command line does with sources and rotations, of any cloud of plain OpenStack: the emulator's and a real one. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import type { Cli, Result } from '../cli.ts';
import { content, hashOf, type Publisher, packed } from './publisher.ts';

export interface SourceCloud {
  readonly cli: Cli;
  /** The options that connect to it. */
  readonly at: readonly string[];
  /** The account's images, hidden ones too, as the API shows them. */
  list(): Promise<JsonObject[]>;
  /** Makes an image in another way, in this state: queued, or with staged bytes. */
  leave(name: string, status: 'queued' | 'uploading'): Promise<string>;
  /** Sets what a customer may. */
  patch(id: string, property: string, value: string | boolean): Promise<void>;
  /** From which the cloud may download by itself. */
  readonly publisher: Publisher;
}

const formats = 'disk_format: raw\ncontainer_format: bare\n';
const sha512 = hashOf('sha512', content);
const sha256 = hashOf('sha256', content);

/** Runs the cases as tests of the file that calls it. */
export function testSources({ cli, at, list, leave, patch, publisher }: SourceCloud): void {
  // Long, since each case is a test of its own.
  writeFileSync(join(cli.workspace, 'disk.raw'), content);
  const named = async (name: string): Promise<JsonObject[]> =>
    (await list()).filter((one) => one['name'] === name);
  const manifest = (name: string, source: string, more = ''): string =>
    cli.write(
      `${name}.image.yaml`,
      `name: ${name}\n${formats}source:\n${source.replaceAll(/^/gm, '  ')}\n${more}`,
    );
  const apply = (...paths: string[]): Promise<Result> =>
    cli.run(['apply', '--yes', '--allow-delete', ...at, ...paths]);
  const plan = (...paths: string[]): Promise<Result> => cli.run(['plan', ...at, ...paths]);

  async function made(name: string, result: Result): Promise<JsonObject> {
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const [image, ...others] = await named(name);
    assert.ok(image);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [image['status'], image['size'], image['os_hash_value']],
      ['active', content.length, sha512],
    );
    assert.equal('source' in image || 'rotation' in image, false);
    return image;
  }

  /** Refused with these words, and nothing is left of it. */
  async function refused(name: string, result: Result, words: RegExp): Promise<void> {
    assert.equal(result.code, 1, result.stdout + result.stderr);
    assert.match(result.stdout + result.stderr, words);
    assert.deepEqual(await named(name), []);
  }

  test('a file beside the manifest is uploaded, and its hash compared', async () => {
    const path = manifest('local', 'file: disk.raw');
    const planned = await plan(path);
    assert.equal(planned.code, 2, planned.stderr);
    assert.match(planned.stdout, /call: PUT \/v2\/images\/\S+\/file: \S+disk\.raw \(195,000 bytes\)/);
    assert.match(planned.stdout, /note: upload: the file is on this machine/);
    assert.deepEqual(await named('local'), []);
    const result = await apply(path);
    await made('local', result);
    assert.match(result.stdout, /The cloud's sha512 is that of the bytes/);
    const again = await plan(path);
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.stdout, /nothing to do/);
  });

  test('an address is downloaded, verified by the checksum, and uploaded', async () => {
    const result = await apply(
      manifest('inline', `url: ${publisher.url}/moved/disk.raw\nchecksum: sha256:${sha256}`),
    );
    const image = await made('inline', result);
    assert.equal(image['source_checksum'], `sha256:${sha256}`);
    assert.match(result.stdout, /verified on this machine on the way/);
  });

  for (const [kind, list] of [
    ['SHA256SUMS', `${'0'.repeat(64)}  other.raw\n${sha256} *disk.raw\n`],
    ['CHECKSUM', `# disk.raw: 195000 bytes\nSHA512 (disk.raw) = ${sha512}\n`],
    ['disk.raw.sha256', `${sha256}\n`],
  ] as const)
    test(`the checksum is looked up in ${kind}`, async () => {
      publisher.put(kind, Buffer.from(list));
      const name = `by-${kind.toLowerCase().replaceAll('.', '-')}`;
      await made(
        name,
        await apply(manifest(name, `url: ${publisher.url}/disk.raw\nchecksum: ${publisher.url}/${kind}`)),
      );
    });

  test('what ends in .xz is verified as published and decompressed on the way; damage leaves nothing', async () => {
    const bytes = packed.xz(content);
    publisher.put('disk.raw.xz', bytes);
    const source = (file: string, of: Buffer): string =>
      `url: ${publisher.url}/${file}\nchecksum: sha256:${hashOf('sha256', of)}`;
    const image = await made('packed', await apply(manifest('packed', source('disk.raw.xz', bytes))));
    assert.equal(image['source_checksum'], `sha256:${hashOf('sha256', bytes)}`);
    const short = bytes.subarray(0, bytes.length - 12);
    publisher.put('short.raw.xz', short);
    const result = await apply(manifest('short', source('short.raw.xz', short)));
    await refused('short', result, /The xz data is damaged or ends early.*nothing is left/s);
  });

  test('a wrong checksum stops before the image is active, and leaves nothing', async () => {
    for (const method of ['upload', 'glance-direct']) {
      const source = `url: ${publisher.url}/disk.raw\nchecksum: sha256:${'1'.repeat(64)}\nmethod: ${method}`;
      const result = await apply(manifest('forged', source));
      await refused(
        'forged',
        result,
        /its publisher says 1111.*The image was deleted again; nothing is left/s,
      );
    }
  });

  test('what does not come is said with its address, and leaves nothing', async () => {
    const cases: readonly [path: string, more: string, words: RegExp][] = [
      ['gone.raw', '', /gone\.raw answers 404/],
      ['cut/disk.raw', '', /broke off after [\d,]+ of 195,000.*nothing is left/s],
      ['disk.raw', `\nchecksum: ${publisher.url}/nothing.sha256`, /nothing\.sha256 answers 404/],
      ['moved/disk.raw', `\nchecksum: ${publisher.url}/OTHERSUMS`, /OTHERSUMS has no checksum of disk\.raw/],
    ];
    publisher.put('OTHERSUMS', Buffer.from(`${sha256}  other.raw\n`));
    for (const [path, more, words] of cases)
      await refused(
        'absent',
        await apply(manifest('absent', `url: ${publisher.url}/${path}${more}\nmethod: upload`)),
        words,
      );
    const file = manifest('absent', 'file: absent.raw');
    await refused('absent', await apply(file), /There is no file \S+absent\.raw/);
  });

  test('glance-direct stages the bytes and imports them into the stores that are named', async () => {
    const path = manifest('staged', 'file: disk.raw\nstores: [fast, slow]');
    const planned = await plan(path);
    assert.match(
      planned.stdout,
      /\/stage: .*, then POST \S+\/import \{"method":\{"name":"glance-direct"\},"stores":\["fast","slow"\]/,
    );
    const image = await made('staged', await apply(path));
    assert.deepEqual(String(image['stores']).split(',').sort(), ['fast', 'slow']);
    await refused(
      'tape',
      await apply(manifest('tape', 'file: disk.raw\nstores: [tape]')),
      /no store 'tape'. It has fast, slow/,
    );
    await refused(
      'two',
      await apply(manifest('two', 'file: disk.raw\nstores: all\nmethod: upload')),
      /An upload goes to one store/,
    );
  });

  test('an image that an earlier try left is taken up again, and not made twice', async () => {
    const queued = await leave('left-queued', 'queued');
    const image = await made('left-queued', await apply(manifest('left-queued', 'file: disk.raw')));
    assert.equal(image['id'], queued);
    const uploading = await leave('left-staged', 'uploading');
    const path = manifest('left-staged', 'file: disk.raw\nmethod: glance-direct');
    const planned = await plan(path);
    assert.match(planned.stdout, /An earlier try left it uploading/);
    const anew = await made('left-staged', await apply(path));
    assert.notEqual(anew['id'], uploading);
  });

  test('without a checksum the cloud fetches the address itself, and the plan says that nobody verifies', async () => {
    publisher.asked.length = 0;
    const path = manifest('fetched', `url: ${publisher.url}/disk.raw`);
    const planned = await plan(path);
    assert.match(planned.stdout, /web-download: the cloud fetches the address itself/);
    assert.match(planned.stdout, /Nobody verifies the bytes/);
    await made('fetched', await apply(path));
    assert.deepEqual(
      publisher.asked.filter((one) => one.startsWith('HEAD')),
      [],
      'nothing is asked for here',
    );
    const forged = `url: ${publisher.url}/disk.raw\nmethod: web-download\nchecksum: sha512:${'2'.repeat(128)}`;
    await refused(
      'fetched-forged',
      await apply(manifest('fetched-forged', forged)),
      /The cloud holds other bytes/,
    );
    const gone = `url: ${publisher.url}/gone.raw\nmethod: web-download`;
    await refused(
      'fetched-gone',
      await apply(manifest('fetched-gone', gone)),
      /The import by web-download failed/,
    );
  });

  test('a rotation replaces an image by a newer one, hides the old, keeps as many as it says, and is undone', async () => {
    const turn = (word: string, more = ''): string => {
      writeFileSync(join(cli.workspace, 'turning.raw'), word);
      return manifest('turning', 'file: turning.raw', `rotation:\n  keep: 2\n${more}`);
    };
    const hidden = async (): Promise<JsonObject[]> =>
      (await list()).filter((one) => /^turning \(\d{8}\)$/.test(String(one['name'])));
    const first = await apply(turn('first'));
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const [one] = await named('turning');
    assert.equal((await plan(turn('first'))).code, 0, 'the same bytes are no reason to turn');
    const second = turn('second!');
    const planned = await plan(second);
    assert.match(planned.stdout, /new image 'turning'/);
    assert.match(planned.stdout, /~ name: "turning" → "turning \(\d{8}\)"/);
    assert.match(planned.stdout, /~ os_hidden: false → true/);
    const turned = await apply(second);
    assert.equal(turned.code, 0, turned.stdout + turned.stderr);
    const [two] = await named('turning');
    assert.notEqual(two?.['id'], one?.['id']);
    assert.deepEqual(
      (await hidden()).map(({ id, os_hidden }) => [id, os_hidden]),
      [[one?.['id'], true]],
    );

    const undo = cli.kept('undo').at(-1) ?? '';
    const undone = await cli.run(['apply', '--yes', ...at, '--undo', undo]);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.deepEqual(
      (await named('turning')).map(({ id, os_hidden }) => [id, os_hidden]),
      [[one?.['id'], false]],
    );
    assert.deepEqual(await hidden(), []);

    for (const word of ['second!', 'third!!', 'fourth!!!']) assert.equal((await apply(turn(word))).code, 0);
    const last = await plan(turn('fifth!!!!'));
    assert.equal(last.stdout.match(/delete image/g)?.length ?? 0, 1, last.stdout);
    assert.match(last.stdout, /More than 2 replaced images would stay/);
    assert.match(last.stdout, /The image is deleted with its data. This cannot be undone/);
    assert.equal((await apply(turn('fifth!!!!'))).code, 0);
    assert.equal((await hidden()).length, 2);
  });

  test('a rotation whose bytes do not come leaves the image as it is; one that broke off is gone on with', async () => {
    const rotation = 'rotation:\n  keep: 3\n';
    const source = (hash: string): string => `url: ${publisher.url}/turn.raw\nchecksum: sha256:${hash}`;
    const put = (word: string): string => {
      publisher.put('turn.raw', Buffer.from(word));
      return hashOf('sha256', Buffer.from(word));
    };
    assert.equal((await apply(manifest('broken', source(put('one')), rotation))).code, 0);
    const [before] = await named('broken');
    const forged = await apply(manifest('broken', source('3'.repeat(64)), rotation));
    assert.equal(forged.code, 1);
    assert.deepEqual(await named('broken'), [before]);
    // The run ended once the new one was there: both bear the name.
    assert.equal((await apply(manifest('broken', source(put('two')), rotation))).code, 0);
    const id = String(before?.['id']);
    await patch(id, 'name', 'broken');
    await patch(id, 'os_hidden', false);
    const goes = await apply(manifest('broken', source(hashOf('sha256', Buffer.from('two'))), rotation));
    assert.equal(goes.code, 0, goes.stdout + goes.stderr);
    const [now, ...others] = await named('broken');
    assert.deepEqual(others, []);
    assert.notEqual(now?.['id'], id);
  });

  test('the bytes of an image that is there are not changed without a rotation, which the plan says', async () => {
    assert.equal((await apply(manifest('same', 'file: disk.raw'))).code, 0);
    writeFileSync(join(cli.workspace, 'other.raw'), 'other');
    const planned = await plan(manifest('same', 'file: other.raw'));
    assert.equal(planned.code, 0, planned.stdout);
    assert.match(planned.stdout, /Add 'rotation' to replace it/);
  });

  test('what a source says wrongly is said before anything is asked for', async () => {
    const cases: readonly [source: string, words: RegExp][] = [
      ['url: ftp://example.org/disk.raw', /'ftp' is no scheme/],
      [`file: disk.raw\nurl: ${publisher.url}/disk.raw`, /The bytes come from one place/],
      [
        `url: ${publisher.url}/disk.raw\nchecksum: sha256:12`,
        /has 2 hexadecimal digits, and a sha256 has 64/,
      ],
      ['file: disk.raw\nmethod: web-download', /cannot reach a file of this machine/],
      [
        'image: 11111111-1111-4111-8111-111111111111\nregion: elsewhere',
        /does not offer glance-download; it offers upload/,
      ],
    ];
    for (const [source, words] of cases) await refused('wrong', await plan(manifest('wrong', source)), words);
  });
}
