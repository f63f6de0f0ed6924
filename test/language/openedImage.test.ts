import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import { formatImage } from '../../client/documents/imageText.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { diff, merge } from '../../server/rules/service/differences.ts';
import { type Caller, logIn, patchType, taskEnd, withEmulator } from '../emulator/harness.ts';
import { makeDisk } from '../tools/disks.ts';
import { type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** An opened live image: what is marked is what a save is refused for, and each fix ends in a save that is accepted. */
const images = '/dfw/image/v2/images';
const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

/** Saves a text as the editor does: merged with what the image has become since it was opened. Answers the status. */
async function save(owner: Caller, base: JsonObject, text: string): Promise<number> {
  const path = `${images}/${base['id']}`;
  const mapOf = (image: JsonObject): Map<string, Json> => new Map(Object.entries(image));
  const theirs = mapOf((await owner.ask('GET', path)).json);
  const result = merge(mapOf(base), mapOf(JSON.parse(text)), theirs);
  if ('conflicts' in result) return 409;
  const operations = diff(theirs, result.merged).map((operation): JsonObject => ({ ...operation }));
  return operations.length === 0 ? 200 : (await owner.ask('PATCH', path, operations, patchType)).status;
}

test('each fix of an opened image ends in a save that is accepted', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const path = join(emulator.data, 'web.vhd');
    makeDisk(path, 'dynamic');
    await owner.ask('PUT', '/dfw/object-store/v1/100001/exports/web.vhd', readFileSync(path));
    const input = { import_from: 'exports/web.vhd', image_properties: { name: 'web' } };
    const task = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
    const { result } = await taskEnd(emulator, owner, 'dfw', String(task.json['id']));
    const id = String((result as JsonObject)['image_id']);
    const server = await startLanguageServer({
      requests: { 'cloudImages/liveImage': async () => ({ image: live }) },
    });
    let live = (await owner.ask('GET', `${images}/${id}`)).json;
    const edits: [string, (image: JsonObject) => JsonObject][] = [
      ['a protected property is changed', (image) => ({ ...image, 'com.rackspace__1__options': '4' })],
      ['a protected property is removed', (image) => without(image, 'com.rackspace__1__options')],
      ['a protected property is added', (image) => ({ ...image, 'com.rackspace__1__x': '4' })],
      ['image_type is removed', (image) => without(image, 'image_type')],
      ['the status is changed', (image) => ({ ...image, status: 'queued' })],
      ['the status is removed', (image) => without(image, 'status')],
      ['the id is removed', (image) => without(image, 'id')],
      ['tags are removed', (image) => without(image, 'tags')],
      ['the disk format is changed', (image) => ({ ...image, disk_format: 'raw' })],
      ['a value has another type', (image) => ({ ...image, min_ram: 'much' })],
    ];
    for (const [what, edit] of edits) {
      live = (await owner.ask('GET', `${images}/${id}`)).json;
      const text = formatImage(new Map(Object.entries(edit(live))));
      assert.ok((await save(owner, live, text)) >= 400, `${what}: the cloud refuses it`);
      const document = server.open(`cloud-image:/DFW/${id}/${encodeURIComponent(what)}.image.json`, text);
      const errors = (await document.diagnostics()).filter(({ severity }) => severity === 1);
      assert.equal(errors.length, 1, `${what}: ${JSON.stringify(errors)}`);
      const fixes = await fixesOf(document, String(errors[0]?.code));
      assert.ok(fixes.length > 0, `${what} has a fix`);
      for (const fix of fixes) {
        assert.equal(await save(owner, live, document.after(fix)), 200, `${what}: ${fix.title}`);
      }
      await document.close();
    }
    await server.close();
  });
});

async function fixesOf(document: OpenDocument, code: string): Promise<CodeAction[]> {
  const actions = await document.actions(whole, ['quickfix']);
  return actions.filter(({ diagnostics = [] }) => diagnostics.some((one) => one.code === code));
}

function without({ ...image }: JsonObject, name: string): JsonObject {
  delete image[name];
  return image;
}
