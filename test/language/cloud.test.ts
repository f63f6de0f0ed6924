import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeVhd } from '../tools/disks.ts';
import {
  type LanguageServer,
  type OpenDocument,
  type Options,
  startLanguageServer,
} from '../tools/languageServer.ts';

/** What the client tells of its cloud: at once, late, not at all, of another image; and what was uploaded to it. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-cloud-'));
after(() => rmSync(root, { recursive: true }));

const id = 'c3b6b3e0-0000-4000-8000-000000000003';
const image = { id, name: 'live', status: 'active', tags: [] };
const text = `id: ${id}\nname: live\nstatus: active\n`;

interface Client {
  readonly server: LanguageServer;
  /** Resolves at the next request of the server to ask for diagnostics again. */
  refreshed(): Promise<void>;
}

async function start(requests: Options['requests'], options: Options = {}): Promise<Client> {
  const waiting: (() => void)[] = [];
  const server = await startLanguageServer({
    root,
    capabilities: { workspace: { diagnostics: { refreshSupport: true } } },
    ...options,
    requests: {
      ...requests,
      'workspace/diagnostic/refresh': () => {
        for (const told of waiting.splice(0)) told();
        return null;
      },
    },
  });
  return { server, refreshed: () => new Promise((resolve) => waiting.push(resolve)) };
}

async function codes(document: OpenDocument): Promise<unknown[]> {
  return (await document.diagnostics()).map(({ code }) => code);
}

const readOnly = ['image/read-only'];

for (const [name, answer, expected] of [
  ['the live image is told', { image }, readOnly],
  ['another image is told than was asked for', { image: { ...image, id: id.replace('3b', '4c') } }, []],
  ['it is known that there is none', { none: true }, ['image/visible']],
  ['no cloud is connected', { unavailable: 'No cloud is connected.' }, []],
] as const) {
  test(`${name}`, async () => {
    const { server } = await start({ 'cloudImages/liveImage': () => answer });
    const document = server.open(join(root, 'a.image.yaml'), text.replace('active', 'queued'));
    // A status that differs from the live image's is refused; without one nothing says what it is now.
    assert.deepEqual(await codes(document), expected);
    await server.close();
  });
}

test('a client that fails to answer is asked again, and nothing is guessed', async () => {
  let asked = 0;
  const { server } = await start({
    'cloudImages/liveImage': () => {
      asked++;
      if (asked === 1) throw new Error('gone');
      return { image };
    },
  });
  const document = server.open(join(root, 'a.image.yaml'), text.replace('active', 'queued'));
  assert.deepEqual(await codes(document), []);
  await document.change(`${text.replace('active', 'queued')}\n`);
  assert.deepEqual(await codes(document), readOnly);
  await server.close();
});

test('a late answer holds nothing up, and the diagnostics are asked for again when it comes', async () => {
  let answer: (result: unknown) => void = () => undefined;
  const late = new Promise((resolve) => {
    answer = resolve;
  });
  const { server, refreshed } = await start({ 'cloudImages/liveImage': () => late });
  const document = server.open(join(root, 'a.image.yaml'), text.replace('active', 'queued'));
  assert.deepEqual(await codes(document), []);
  const told = refreshed();
  answer({ image });
  await told;
  assert.deepEqual(await codes(document), readOnly);
  await server.close();
});

test('without pull a late answer leads to other diagnostics being pushed', async () => {
  let answer: (result: unknown) => void = () => undefined;
  const late = new Promise((resolve) => {
    answer = resolve;
  });
  const { server } = await start({ 'cloudImages/liveImage': () => late }, { pull: false });
  const pushed: unknown[][] = [];
  let next: () => void = () => undefined;
  server.connection.onNotification(
    'textDocument/publishDiagnostics',
    ({ diagnostics }: { diagnostics: { code: unknown }[] }) => {
      pushed.push(diagnostics.map(({ code }) => code));
      next();
    },
  );
  const push = () =>
    new Promise<void>((resolve) => {
      next = resolve;
    });
  const first = push();
  server.open(join(root, 'a.image.yaml'), text.replace('active', 'queued'));
  await first;
  const second = push();
  answer({ image });
  await second;
  assert.deepEqual(pushed, [[], readOnly]);
  await server.close();
});

test('an image that changed meanwhile is asked for again; an answer from before counts no more', async () => {
  const answers: ((result: unknown) => void)[] = [];
  const { server, refreshed } = await start({
    'cloudImages/liveImage': () => new Promise((resolve) => answers.push(resolve)),
  });
  const document = server.open(join(root, 'a.image.yaml'), text);
  assert.deepEqual(await codes(document), []);
  const told = refreshed();
  await server.connection.sendNotification('cloudImages/imagesChanged', {});
  await told;
  assert.deepEqual(await codes(document), []);
  assert.equal(answers.length, 2);
  answers[0]?.({ image: { ...image, status: 'queued' } });
  assert.deepEqual(await codes(document), []);
  const again = refreshed();
  answers[1]?.({ image: { ...image, status: 'killed' } });
  await again;
  assert.deepEqual(await codes(document), readOnly);
  await server.close();
});

const manifest = (from: string) =>
  `type: import\ninput:\n  import_from: ${from}\n  image_properties: { name: web }\n`;

test('a disk that is only in the cloud is read there, by ranges, and read anew when it was uploaded anew', async () => {
  makeVhd(join(root, 'uploaded.vhd'), { creator: 'qemu' });
  let [content, etag] = [readFileSync(join(root, 'uploaded.vhd')), 'one'];
  let ranges = 0;
  const { server, refreshed } = await start({
    'cloudImages/object': ({
      container,
      name,
      range,
    }: {
      container: string;
      name: string;
      range?: { start: number; end: number };
    }) => {
      if (container !== 'exports' || name !== 'a/web.vhd') return { none: true };
      if (range) ranges++;
      const bytes = range && Buffer.from(content.subarray(range.start, range.end)).toString('base64');
      return { size: content.length, etag, ...(bytes === undefined ? {} : { bytes }) };
    },
  });
  const document = server.open(join(root, 'w.image-import.yaml'), manifest('exports/a/web.vhd'));
  assert.deepEqual(await settled(document, refreshed), ['import/creator']);
  assert.ok(ranges > 0);
  const before = ranges;
  await document.change(`${manifest('exports/a/web.vhd')}# more\n`);
  assert.deepEqual(await codes(document), ['import/creator']);
  assert.equal(ranges, before, 'the disk was read once');
  [content, etag] = [Buffer.from('not a disk at all'), 'two'];
  const told = refreshed();
  await server.connection.sendNotification('cloudImages/imagesChanged', {});
  await told;
  assert.deepEqual(await settled(document, refreshed), ['import/not-vhd']);
  await document.change(manifest('exports/none.vhd'));
  assert.deepEqual(await settled(document, refreshed), ['import/object']);
  await server.close();
});

test('a disk on this machine is taken before the one in the cloud', async () => {
  mkdirSync(join(root, 'here'), { recursive: true });
  writeFileSync(join(root, 'here', 'web.vhd'), 'text');
  const { server } = await start({ 'cloudImages/object': () => ({ none: true }) });
  const document = server.open(join(root, 'h.image-import.yaml'), manifest('here/web.vhd'));
  assert.deepEqual(await codes(document), ['import/not-vhd']);
  await server.close();
});

test('a disk that is nowhere is not checked, and its folder can be chosen', async () => {
  const { server } = await start({ 'cloudImages/object': () => ({ unavailable: 'No cloud is connected.' }) });
  const document = server.open(join(root, 'n.image-import.yaml'), manifest('exports/nowhere.vhd'));
  const [problem, ...rest] = await document.diagnostics();
  assert.deepEqual([problem?.code, rest.length], ['import/unchecked', 0]);
  assert.ok(problem);
  const [action] = await document.actions(problem.range, ['quickfix']);
  assert.deepEqual(action?.command, {
    title: "Choose the folder that stands for the container 'exports'…",
    command: 'cloudImages.chooseFolder',
    arguments: [document.uri, 'exports'],
  });
  await server.close();
});

test('an export is held against the container that the cloud has', async () => {
  const { server } = await start({
    'cloudImages/liveImage': () => ({
      image: { ...image, owner: '100001', 'com.rackspace__1__options': '0' },
    }),
    'cloudImages/list': ({ container, prefix }: { container: string; prefix: string }) =>
      container === 'exports'
        ? { items: [{ name: `${prefix}.vhd` }] }
        : container === 'empty'
          ? { items: [] }
          : { none: true },
  });
  const of = (container: string) =>
    `type: export\ninput: { image_uuid: ${id}, receiving_swift_container: ${container} }\n`;
  const document = server.open(join(root, 'e.image-export.yaml'), of('exports'));
  assert.deepEqual(await codes(document), ['export/object']);
  await document.change(of('nowhere'));
  assert.deepEqual(await codes(document), ['export/container']);
  await document.change(of('empty'));
  assert.deepEqual(await codes(document), []);
  await server.close();
});

test('ids lead to the image in the client, disks to their file, schemas to their page', async () => {
  const address = `cloud-image:/DFW/${id}/live.image.json`;
  const { server } = await start({
    'cloudImages/liveImage': ({ id: asked }: { id?: string }) =>
      asked === id ? { image, address } : { none: true },
  });
  const targets = async (name: string, source: string) => {
    const document = server.open(join(root, name), source);
    const links: { target: string; range: never }[] = await document.ask('textDocument/documentLink');
    return links.map(({ target, range }) => [source.slice(...document.offsetOf(range)), target]);
  };
  assert.deepEqual(
    await targets('l.image.json', `[{"id": "${id}", "schema": "/v2/schemas/image"}, {"id": "nothing"}]`),
    [
      [`"${id}"`, address],
      ['"/v2/schemas/image"', 'https://docs.openstack.org/api-ref/image/v2/#image-schemas'],
    ],
  );
  assert.deepEqual(
    await targets('l.server.yaml', `server: { name: w, imageRef: ${id}, flavorRef: general1-1 }\n`),
    [[id, address]],
  );
  assert.deepEqual(
    await targets('l.image-export.yaml', `type: export\ninput: { image_uuid: ${id.replace('3b', '4c')} }\n`),
    [],
  );
  await server.close();
});

/** The diagnostics once everything that was asked of the client is known. */
async function settled(document: OpenDocument, refreshed: Client['refreshed']): Promise<unknown[]> {
  for (;;) {
    const told = refreshed();
    const found = await codes(document);
    if (!found.includes('import/unchecked')) return found;
    await told;
  }
}
