import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { emulatorId } from '../../client/cloud/cloudSource.ts';
import { Clouds } from '../../client/cloud/clouds.ts';
import { SwitchingSource } from '../../client/cloud/switchingSource.ts';
import { connectToCloud, signIn } from '../../client/commands/cloud/connect.ts';
import { describeCloud } from '../../client/commands/cloud/savedCloud.ts';
import type { Context } from '../../client/context.ts';
import { confirmChange } from '../../client/ui/confirm.ts';
import type { FormAnswer, FormStep } from '../../client/ui/formStep.ts';
import { startEmulator } from '../tools/emulator.ts';
import { newWindow, storage } from './window.ts';

/** Which clouds there are, which of them is shown, and where their secrets are. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-clouds-'));
const emulator = await startEmulator({
  data: join(folder, 'served'),
  arguments: ['--profile', 'openstack', '--seed', 'demo'],
});
const authUrl = `${emulator.url}/identity/v3`;
const opened: { dispose(): void }[] = [];
after(async () => {
  for (const one of opened) one.dispose();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly trusted?: boolean;
}

/** The clouds of a window, with `answers` in the place of the person. */
function open({ files = {}, env = {}, trusted = true }: Given, answers: Partial<Context['ui']> = {}) {
  const kept = {
    state: new Map<string, unknown>(),
    global: new Map<string, unknown>(),
    secrets: new Map<string, string>(),
  };
  const window = newWindow(join(folder, 'own'));
  const source = new SwitchingSource(window.source, () => undefined);
  const clouds = new Clouds({
    storage: { ...storage(kept.state, kept.secrets), globalState: memento(kept.global) },
    emulator: window.source,
    source,
    surroundings: () => ({
      env,
      home: '/home/me',
      folder: trusted ? '/work' : undefined,
      read: (path) => files[path.replaceAll('\\', '/')],
    }),
    log: () => undefined,
    interval: 20,
  });
  opened.push(source, { dispose: window.close });
  const context = { source, clouds, ui: answers } as unknown as Context;
  return { source, clouds, kept, context };
}

function memento(state: Map<string, unknown>) {
  const { workspaceState } = storage(state, new Map());
  return { ...workspaceState, setKeysForSync: () => undefined };
}

const yaml = (name: string, auth: object): string => JSON.stringify({ clouds: { [name]: { auth } } });
const owner = { auth_url: authUrl, username: 'owner' };

test('the clouds of files, variables and forms are listed with where they are from; an untrusted folder says nothing', async () => {
  const files = {
    '/work/clouds.yaml': yaml('work', owner),
    '/etc/openstack/clouds.yaml': yaml('etc', owner),
  };
  const env = { OS_AUTH_URL: authUrl };
  const list = (given: Given) =>
    open(given)
      .clouds.list()
      .clouds.map(({ id, about }) => `${id}: ${about}`);
  assert.deepEqual(list({ files, env }).slice(1), [
    'entry/work: /work/clouds.yaml',
    `environment: ${authUrl}`,
  ]);
  assert.deepEqual(list({ files, trusted: false }).slice(1), ['entry/etc: /etc/openstack/clouds.yaml']);
  const { clouds, problems } = open({ files: { '/work/clouds.yaml': 'clouds: [' } }).clouds.list();
  assert.equal(clouds.length, 1);
  assert.match(problems.join(), /^\/work\/clouds\.yaml, line \d+: this is not valid YAML\.$/);
});

test('a password that clouds.yaml lacks is asked for once, and kept in the secret storage alone', async () => {
  const asked: string[] = [];
  const ask: Context['ui']['ask'] = async (title) => {
    asked.push(title);
    return 'emulator';
  };
  const files = { '/work/clouds.yaml': yaml('acme', owner) };
  const { context, source, clouds, kept } = open({ files }, { ask });
  await connectToCloud(context, 'entry/acme');
  assert.deepEqual(asked, ['Password for acme']);
  assert.equal(source.connection?.cloud.session.user.name, 'owner');
  assert.deepEqual([...kept.secrets], [['entry/acme.password', 'emulator']]);
  assert.doesNotMatch(JSON.stringify([...kept.state, ...kept.global]), /"emulator"/);
  assert.equal(source.connection?.environment['OS_CLOUD'], 'acme');
  assert.equal(source.connection?.environment['OS_PASSWORD'], undefined);
  clouds.show('entry/acme');
  await signIn(context);
  assert.equal(asked.length, 1);
});

test('a cloud that is edited to be signed in to otherwise keeps no secret of the way before', async () => {
  const { clouds, kept } = open({});
  const cloud = { id: '1', name: 'acme', entry: { auth: { auth_url: authUrl } } };
  await clouds.save(cloud, 'password', 'old');
  const id = await clouds.save(cloud, 'application_credential_secret', 'new');
  assert.deepEqual([...kept.secrets], [['saved/1.application_credential_secret', 'new']]);
  assert.equal(await clouds.findAskedKey(id), 'application_credential_secret');
});

test('a password that was given and is refused is asked for again; one of clouds.yaml is not', async () => {
  const given = ['wrong', 'emulator'];
  const ask = async () => given.shift();
  const files = {
    '/work/clouds.yaml': JSON.stringify({
      clouds: { acme: { auth: owner }, bad: { auth: { ...owner, password: 'wrong' } } },
    }),
  };
  const { context, source } = open({ files }, { ask });
  await assert.rejects(connectToCloud(context, 'entry/acme'), /HTTP 401/);
  await signIn(context);
  assert.equal(source.state.kind, 'connected');
  await assert.rejects(connectToCloud(context, 'entry/bad'), /HTTP 401/);
  await assert.rejects(signIn(context), /HTTP 401/);
  assert.deepEqual(given, []);
});

test('who watches goes on watching the cloud that is shown; the one before is left alone', async () => {
  const files = { '/work/clouds.yaml': yaml('acme', { ...owner, password: 'emulator' }) };
  const { source, clouds, context } = open({ files });
  const states: string[] = [];
  source.onDidChangeState(({ kind }) => states.push(`${source.label} ${kind}`));
  const reported = new Promise<void>((resolve) => source.onDidReport(() => resolve()));
  source.watch('image');
  clouds.show('entry/acme');
  assert.equal(source.state.kind, 'disconnected');
  await reported;
  assert.deepEqual(states, ['acme disconnected', 'acme connecting', 'acme connected']);
  clouds.show(emulatorId);
  assert.equal(source.label, 'Emulator');
  assert.equal(source.connection, undefined);
  assert.equal(states.at(-1), 'Emulator disconnected');
  assert.equal(clouds.remembered, emulatorId);
  assert.ok(context);
});

test('each cloud keeps its own region and user', async () => {
  const files = {
    '/work/clouds.yaml': JSON.stringify({
      clouds: {
        one: { auth: { ...owner, password: 'emulator' } },
        two: { auth: { ...owner, password: 'emulator' } },
      },
    }),
  };
  const { source, clouds, context } = open({ files });
  await connectToCloud(context, 'entry/one');
  await source.switchUser({ userName: 'partner', password: 'emulator' });
  await connectToCloud(context, 'entry/two');
  assert.equal(source.connection?.cloud.session.user.name, 'owner');
  clouds.show('entry/one');
  assert.equal((await source.connect()).cloud.session.user.name, 'partner');
});

/** Answers a form: each question by its words, `back` for the button. */
function answering(answers: readonly (readonly [RegExp, string])[]) {
  const left = [...answers];
  const refusals: unknown[] = [];
  const step = async ({ prompt, validate, canGoBack }: FormStep): Promise<FormAnswer> => {
    const [question, text = ''] = left.shift() ?? [];
    assert.match(prompt, question ?? /^$/);
    if (text === '<') {
      assert.ok(canGoBack);
      return 'back';
    }
    if (text.startsWith('!')) refusals.push(validate(text.slice(1)));
    return { text: text.replace(/^!/, '') };
  };
  return { ui: { step }, left, refusals };
}

test('a user who is not in the project of the entry works in their own; a wrong password is tried once', async () => {
  const files = {
    '/work/clouds.yaml': yaml('work', { ...owner, password: 'emulator', project_name: '100001' }),
  };
  const { clouds, source } = open({ files });
  clouds.show('entry/work');
  await source.connect();
  const partner = await source.switchUser({ userName: 'partner', password: 'emulator' });
  assert.equal(partner.cloud.session.account.id, '100002');
  await source.settled();
  // What is remembered leads there again.
  clouds.show(emulatorId);
  clouds.show('entry/work');
  assert.equal((await source.connect()).cloud.session.account.id, '100002');
  await assert.rejects(source.switchUser({ userName: 'owner', password: 'wrong' }), /401|authentication/);
  const admin = await source.switchUser({ userName: 'admin', password: 'emulator' });
  assert.equal(admin.cloud.session.account.id, '100001');
});

test('a form is saved without its secret, edited with what it was, and forgotten whole', async () => {
  const { clouds, kept, source, context } = open({});
  const form = answering([
    [/Address/, authUrl],
    [/Name of the cloud/, 'mistaken'],
    [/How do you sign in/, '<'],
    [/Name of the cloud/, 'lab'],
    [/How do you sign in/, 'password'],
    [/User name/, 'owner'],
    [/Domain/, 'Default'],
    [/Project/, ''],
    [/Password/, 'emulator'],
  ]);
  const described = await describeCloud(form.ui, clouds.saved);
  assert.ok(described);
  assert.deepEqual(form.left, []);
  const id = await clouds.save(described.cloud, described.key, described.secret);
  assert.doesNotMatch(JSON.stringify([...kept.global]), /"emulator"/);
  await connectToCloud(context, id);
  assert.equal(source.label, 'lab');
  assert.equal(source.connection?.environment['OS_USERNAME'], 'owner');
  const titles: (string | undefined)[] = [];
  await describeCloud(
    {
      step: async ({ value }) => {
        titles.push(value);
        return titles.length < 3 ? { text: value ?? '' } : undefined;
      },
    },
    clouds.saved,
    clouds.saved[0],
  );
  assert.deepEqual(titles, [authUrl, 'lab', undefined]);
  await clouds.forget(described.cloud.id);
  assert.deepEqual([clouds.saved, [...kept.secrets], clouds.shown], [[], [], emulatorId]);
});

test('what is typed into a form is judged at once', async () => {
  const form = answering([
    [/Address/, '!cloud'],
    [/Name/, '! '],
    [/How/, 'application credential'],
    [/ID of the application/, '!'],
    [/Password/, '!'],
  ]);
  const described = await describeCloud(form.ui, []);
  assert.deepEqual(form.refusals.length, 4);
  assert.ok(form.refusals.every((one) => typeof one === 'string'));
  assert.equal(described?.key, 'application_credential_secret');
  const address = (text: string): unknown => {
    const said: unknown[] = [];
    const step = async ({ validate }: FormStep) => void said.push(validate(text)) as undefined;
    void describeCloud({ step }, []);
    return said[0];
  };
  assert.match(JSON.stringify(address('http://cloud.example.com')), /Without https/);
  assert.match(String(address('https://me:secret@cloud.example.com')), /^Leave user and password out/);
  assert.equal(address('http://127.0.0.1:5000/v3'), undefined);
});

test('a change is asked about once, and where the cloud is real in a dialog that names the place', async () => {
  const asked: unknown[][] = [];
  const confirm: Context['ui']['confirm'] = async (...question) => {
    asked.push(question);
    return true;
  };
  const files = { '/work/clouds.yaml': yaml('acme', { ...owner, password: 'emulator' }) };
  const { context } = open({ files }, { confirm });
  const change = { question: 'Apply it?', detail: '1 change', verb: 'Apply', besidePlan: true };
  await confirmChange(context, change);
  await connectToCloud(context, 'entry/acme');
  await confirmChange(context, change);
  assert.deepEqual(asked, [
    ['Apply it?', '1 change', 'Apply', { besidePlan: true }],
    ['Apply it?', 'Cloud: acme\nProject: 100001\nRegion: RegionOne\nUser: owner\n\n1 change', 'Apply'],
  ]);
  const refusing = { ...context, ui: { ...context.ui, confirm: async () => false } };
  await assert.rejects(confirmChange(refusing, change), { name: 'Cancelled' });
});
