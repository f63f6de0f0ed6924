import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Collection } from '../../client/cloud/collection.ts';
import { serverReader } from '../../client/cloud/serverCollection.ts';
import type { Context } from '../../client/context.ts';
import type { Ui } from '../../client/ui/ui.ts';
import { openExchangeLog } from '../../server/cloud/http/exchanges.ts';
import { newWindow } from './window.ts';

// Of the editor, these verbs need the kind of a heading, the clipboard, and settings as they are at first.
const editor = `
  export const QuickPickItemKind = { Separator: -1, Default: 0 };
  export const copied = [];
  export const env = { clipboard: { writeText: async (text) => void copied.push(text) } };
  export const workspace = { getConfiguration: () => ({ get: (_, usual) => usual }) };
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});
const { createServer } = await import('../../client/commands/servers/create.ts');
const { copyServerId, deleteServers } = await import('../../client/commands/servers/delete.ts');
const { rebuildServer } = await import('../../client/commands/servers/rebuild.ts');
const { takeServerImage } = await import('../../client/commands/servers/takeImage.ts');
const { copied } = (await import('vscode' as string)) as { copied: readonly string[] };

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-verbs-'));
process.env['HOME'] = folder; // undo files are kept there
const window = newWindow(folder);
const { source, live: images } = window;
const servers = new Collection(source, serverReader(source), () => undefined);
after(() => {
  servers.dispose();
  window.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const base = 'Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A person who picks by label, types `name`, and says yes; `lists` and `told` are what was shown. */
function person(picks: readonly string[], name = '', more: Partial<Ui> = {}) {
  const lists: string[][] = [];
  const told: string[] = [];
  const left = [...picks];
  const ui: Partial<Ui> = {
    pick: async (items) => {
      lists.push(items.map(({ label, kind }) => (kind === -1 ? `— ${label}` : label)));
      const wanted = left.shift();
      return items.find(({ label }) => label === wanted);
    },
    ask: async (_, validate) => {
      assert.equal(validate(name), undefined);
      return name;
    },
    confirm: async (question) => Boolean(told.push(question)),
    inform: async (message) => void told.push(message),
    complain: async (message) => void told.push(message),
    progress: (_, work) => work({ report: () => undefined }, new AbortController().signal),
    ...more,
  };
  const plans: string[] = [];
  const shown = { show: async (_: string, __: string, plan: string) => void plans.push(plan) };
  const exchanges = openExchangeLog();
  const context = { source, images, servers, ui, log, plans: shown, exchanges } as unknown as Context;
  return { context, lists, told, plans };
}

async function create(name: string): Promise<string> {
  const { context } = person([base, '1 GB General Purpose v1'], name);
  return String(await createServer(context, undefined));
}

async function rowOf(id: string) {
  const snapshot = await servers.loaded();
  const live = snapshot.kind === 'ready' ? snapshot.items.get(id) : undefined;
  assert.ok(live, `${id} is there`);
  return { kind: 'server', live, origin: '', images: [] };
}

test('a server is built, imaged, rebuilt of its image, and deleted with others after one question', async () => {
  await window.emulator.start();
  const { cloud } = await source.connect();
  const ids = [await create('web'), await create('db')];
  const [web = ''] = ids;
  const taking = person([], 'web-1');
  const image = await takeServerImage(taking.context, await rowOf(web));
  assert.equal((await cloud.images.get(String(image))).get('instance_uuid'), web);
  assert.ok(taking.told.includes('Image “web-1” of “web”: done.'), taking.told.join('\n'));

  const rebuilding = person(['web-1']);
  await rebuildServer(rebuilding.context, await rowOf(web));
  assert.equal((await cloud.servers.get(web)).image, image);
  assert.deepEqual(rebuilding.lists[0]?.slice(0, 3), ['— Images of web', 'web-1', '— Public']);
  assert.deepEqual(rebuilding.told, ['Rebuild “web”?', 'Rebuild of “web”: done.']);
  assert.match(rebuilding.plans.join(), /rebuild server 'web'.*\n.*cannot be undone.*\n\nPlan: 1 rebuild\./);

  const rows = await Promise.all(ids.map(rowOf));
  await copyServerId(person([]).context, rows[0], rows);
  assert.deepEqual(copied, [ids.join('\n')]);
  const deleting = person([], '2');
  await deleteServers(deleting.context, rows[0], rows);
  assert.deepEqual(deleting.told, []);
  for (const id of ids) await assert.rejects(cloud.servers.get(id), { status: 404 });

  const offering = person([]);
  await assert.rejects(createServer(offering.context, undefined), { name: 'Cancelled' });
  assert.deepEqual(offering.lists[0]?.slice(0, 3), ['— Deleted Servers', 'web-1', '— Public']);
});

test('a deletion of several that is cancelled begins none of those that are left', async () => {
  const { cloud } = await source.connect();
  const ids = [await create('one'), await create('two'), await create('three')];
  const rows = await Promise.all(ids.map(rowOf));
  const abort = new AbortController();
  // While the first is being asked for.
  const report = (): unknown => setImmediate(() => abort.abort(new Error('cancelled')));
  const { context } = person([], '3', { progress: (_, work) => work({ report }, abort.signal) });
  await assert.rejects(deleteServers(context, rows[0], rows), {
    name: 'Cancelled',
    message: /^(?:Cancelled\. Done for 1 of 3 servers|“one” is still being deleted)\.$/,
  });
  for (const id of ids.slice(1)) assert.equal((await cloud.servers.get(id)).status, 'ACTIVE');
  for (const id of ids.slice(1)) await cloud.servers.delete(id);
});

test('a server is rebuilt of its own image after that was deleted', async () => {
  const { cloud } = await source.connect();
  const first = await create('first');
  const image = String(await takeServerImage(person([], 'own').context, await rowOf(first)));
  const second = String(
    await createServer(person(['own', '1 GB General Purpose v1'], 'second').context, undefined),
  );
  await cloud.images.delete(image);
  images.touch(image);
  const { context, lists, told } = person(['The image that it was built of']);
  await rebuildServer(context, await rowOf(second));
  assert.equal(lists[0]?.[0], '— Its own image');
  assert.deepEqual(told, ['Rebuild “second”?', 'Rebuild of “second”: done.']);
});

test('a rebuild that the cloud would refuse is not asked for; one that is stopped goes on', async () => {
  const id = await create('small');
  const { cloud } = await source.connect();
  const control = await window.emulator.start();
  const large = 'Windows Server 2012 R2';
  const refused = person([large]);
  await assert.rejects(rebuildServer(refused.context, await rowOf(id)), { rule: 'server/disk' });
  assert.deepEqual([refused.told, refused.plans], [[], []]);
  const stop = new AbortController();
  const report = (_: number, text: string): void => {
    if (/REBUILD|rebuild/.test(text)) stop.abort();
  };
  await control.setClock({ speed: 1 });
  const stopped = person([base], '', { progress: (_, work) => work({ report }, stop.signal) });
  await rebuildServer(stopped.context, await rowOf(id));
  assert.match(stopped.told.at(-1) ?? '', /you stopped it: it continues to be rebuilt\.$/);
  assert.equal((await cloud.servers.get(id)).status, 'REBUILD');
  await control.setClock({ speed: 100_000 });
});

test('what the cloud would refuse is said before anything is asked for', async () => {
  const { cloud } = await source.connect();
  const listed = async (): Promise<number> => (await cloud.servers.list().next()).value?.length ?? 0;
  const before = await listed();
  await assert.rejects(createServer(person([base, '15 GB Compute v1']).context, undefined), {
    name: 'Refused',
    rule: 'server/volume-only',
    message: /boots from a volume only\. \(HTTP 400\)$/,
  });
  const validated: unknown[] = [];
  const ask: Ui['ask'] = async (_, validate) => void validated.push(validate(' '));
  await assert.rejects(
    createServer(person([base, '1 GB General Purpose v1'], '', { ask }).context, undefined),
    {
      name: 'Cancelled',
    },
  );
  assert.match(String(validated[0]), /name/i);
  assert.equal(await listed(), before);
});

test('an observer is told why no verb is theirs', async () => {
  const id = await create('seen');
  const row = await rowOf(id);
  await source.switchUser({ userName: 'observer', password: 'emulator' });
  try {
    const { context } = person([]);
    for (const verb of [createServer, takeServerImage, rebuildServer, deleteServers])
      await assert.rejects(verb(context, row, [row]), /^Error: You cannot .*You need the role/);
  } finally {
    await source.switchUser({ userName: 'owner', password: 'emulator' });
  }
});
