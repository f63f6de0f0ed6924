/** The requests of the articles as scripts send them, by curl. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeDisk } from '../tools/disks.ts';
import { clientSession, type Round } from './programs.ts';

interface Script {
  /** Sends a request as a step. The status must be this one, the body match; answers the body. */
  ask(name: string, status: number, words: readonly string[], wanted?: RegExp): Promise<string>;
  readonly images: string;
  readonly files: string;
}

/** Signs in by the API key, as the articles begin. */
async function signIn({ command, env }: Round): Promise<Script> {
  const body = `{"auth":{"RAX-KSKEY:apiKeyCredentials":{"username":"owner","apiKey":"${env['API_KEY']}"}}}`;
  const json = ['-H', 'Content-Type: application/json'];
  const tokens = `${env['EMULATOR_URL']}/identity/v2.0/tokens`;
  const answer = await command('sign in by API key', ['curl', '-sSf', ...json, '-d', body, tokens]);
  const { token, serviceCatalog } = JSON.parse(answer).access;
  const endpoint = (name: string): string =>
    serviceCatalog
      .find((one: { name: string }) => one.name === name)
      .endpoints.find(({ region }: { region: string }) => region === 'DFW').publicURL;
  return {
    ask: async (name, status, words, wanted = /(?:)/) => {
      const said = await command(
        name,
        ['curl', '-sS', '-w', '\n%{http_code}', '-H', `X-Auth-Token: ${token.id}`, ...words],
        new RegExp(`${wanted.source}[\\s\\S]*\\n${status}$`),
      );
      return said.replace(/\n\d+$/, '');
    },
    images: endpoint('cloudImages'),
    files: endpoint('cloudFiles'),
  };
}

/** Asks for a task until it has ended. */
async function taskEnd({ ask, images }: Script, name: string, id: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const said = await ask(`${name} is asked for`, 200, [`${images}/tasks/${id}`]);
    const { status } = JSON.parse(said);
    if (status === 'success' || status === 'failure') return said;
    await wait(50);
  }
  return assert.fail(`${name} did not end.`);
}

clientSession(
  'curl (the articles)',
  { packages: ['curl'], has: 'curl', profiles: ['rackspace'] },
  async (round) => {
    const { folder, steps } = round;
    const script = await signIn(round);
    const { ask, images, files } = script;
    const send = (type: string, body: string) => ['-H', `Content-Type: ${type}`, '-d', body];
    const json = (body: unknown) => send('application/json', JSON.stringify(body));

    await ask('images are listed', 200, [`${images}/images?limit=2&visibility=public`], /"images"/);
    const given = JSON.parse(await ask('one is shown', 200, [`${images}/images?name=given`]));
    const base = String(given.images[0].id);
    await ask('the schema is shown', 200, [`${images}/schemas/image`], /additionalProperties/);

    makeDisk(join(folder, 'web.vhd'), 'linux');
    for (const container of ['disks', 'exports'])
      await ask(`container ${container} is made`, 201, ['-X', 'PUT', '-d', '', `${files}/${container}`]);
    await ask('a disk is uploaded', 201, ['-T', 'web.vhd', `${files}/disks/web.vhd`]);

    const task = async (name: string, type: string, input: object): Promise<string> => {
      const said = await ask(
        name,
        201,
        [...json({ type, input }), `${images}/tasks`],
        /"status": ?"pending"/,
      );
      return taskEnd(script, name, JSON.parse(said).id);
    };
    const imported = await task('an import', 'import', {
      import_from: 'disks/web.vhd',
      image_properties: { name: 'web' },
    });
    const image = String(JSON.parse(imported).result?.image_id);
    const failed = await task('an import of nothing', 'import', {
      import_from: 'disks/none.vhd',
      image_properties: { name: 'none' },
    });
    await steps.step('it fails, and says why', async () =>
      assert.match(failed, /"status": ?"failure"[\s\S]*"message"/),
    );

    const patch = (operations: unknown) =>
      send('application/openstack-images-v2.1-json-patch', JSON.stringify(operations));
    await ask('it is renamed, and gets a property', 200, [
      ...['-X', 'PATCH', `${images}/images/${image}`],
      ...patch([
        { op: 'replace', path: '/name', value: 'web-2' },
        { op: 'add', path: '/com.mycompany.team', value: 'blue' },
      ]),
    ]);
    await ask('a protected property is refused', 403, [
      ...['-X', 'PATCH', `${images}/images/${image}`],
      ...patch([{ op: 'add', path: '/com.rackspace__1__options', value: '0' }]),
    ]);
    await ask('it is tagged', 204, ['-X', 'PUT', '-d', '', `${images}/images/${image}/tags/web`]);
    await ask('images of a tag are listed', 200, [`${images}/images?tag=web`], new RegExp(image));

    const members = `${images}/images/${image}/members`;
    await ask('it is shared', 200, [...json({ member: '100002' }), members], /"pending"/);
    await ask('its members are listed', 200, [members], /100002/);
    await ask('it is shared no more', 204, ['-X', 'DELETE', `${members}/100002`]);

    const exported = await task('an export', 'export', {
      image_uuid: image,
      receiving_swift_container: 'exports',
    });
    const { export_location: location } = JSON.parse(exported).result ?? {};
    await ask('it is downloaded', 200, ['-o', 'export.vhd', `${files}/${location}`]);
    await steps.step('it is a disk', async () =>
      assert.equal(readFileSync(join(folder, 'export.vhd')).subarray(-512, -504).toString(), 'conectix'),
    );

    await ask('the image is deleted', 204, ['-X', 'DELETE', `${images}/images/${image}`]);
    await ask('it is gone', 404, [`${images}/images/${image}`]);
    await ask('another one is still there', 200, [`${images}/images/${base}`]);
    // The exported disk, and its segments.
    const names = (await ask('the exports are listed', 200, [`${files}/exports`])).trim().split('\n');
    for (const name of names)
      await ask('an export is deleted', 204, ['-X', 'DELETE', `${files}/exports/${name}`]);
    for (const name of ['disks/web.vhd', 'exports', 'disks'])
      await ask(`${name} is deleted`, 204, ['-X', 'DELETE', `${files}/${name}`]);
  },
);
