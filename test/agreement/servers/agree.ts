import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { planRun } from '../../../server/cloud/run/execute.ts';
import { gatherFlavorFacts, gatherServerFacts } from '../../../server/cloud/run/servers/facts.ts';
import { listRefusals, noDisks } from '../../../server/cloud/run/steps.ts';
import { CloudError, unlessMissing } from '../../../server/cloud/session/errors.ts';
import { findRule } from '../../../server/rules/evaluate.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { profiles } from '../../../server/rules/profile/table.ts';
import { uuid } from '../../../server/rules/service/attributes.ts';
import { ask } from '../../emulator/harness.ts';
import { randomOf } from '../../fuzz/random.ts';
import { type Emulator, startEmulator } from '../../tools/emulator.ts';
import { type LanguageServer, startLanguageServer } from '../../tools/languageServer.ts';
import { disagreement } from '../agree.ts';
import type { Verdict } from '../judges.ts';
import { makeCase, type ServerCase } from './bodies.ts';
import { makeWorld, settle } from './world.ts';

type ProfileName = 'rackspace' | 'openstack';

export interface ServerAgreement {
  readonly accepted: number;
  readonly refused: number;
  /** By rule. */
  readonly rules: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/** So many bodies of servers and their images: the editor, a plan and the emulator say the same of each. */
export async function agreeOnServers(
  profile: ProfileName,
  count: number,
  seed: number,
): Promise<ServerAgreement> {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-agreement-'));
  const config = join(root, '.cloud-images.json');
  writeFileSync(config, JSON.stringify({ profile, emulator: { open: ['create', 'upload'] } }));
  const emulator = await startEmulator({
    data: join(root, '.data'),
    arguments: ['--speed', '1000000', '--config', config],
  });
  try {
    return await agreeAt(root, emulator, profile, count, seed);
  } finally {
    await emulator.close();
    rmSync(root, { recursive: true });
  }
}

async function agreeAt(
  root: string,
  emulator: Emulator,
  profile: ProfileName,
  count: number,
  seed: number,
): Promise<ServerAgreement> {
  const region = profile === 'rackspace' ? 'DFW' : 'RegionOne';
  const clouds = new Map<string, Cloud>();
  const as = async (userName: string): Promise<Cloud> => {
    const authUrl = `${emulator.url}/identity/v3`;
    const known =
      clouds.get(userName) ?? (await connect({ authUrl, userName, password: 'emulator', region }));
    clouds.set(userName, known);
    return known;
  };
  const owner = await as('owner');
  const world = await makeWorld(profile, {
    owner,
    partner: await as('partner'),
    ...(profile === 'openstack' ? { admin: await as('admin') } : {}),
    operate: async (image, change) => {
      const headers = { authorization: `Bearer ${emulator.token}` };
      const path = `/emulator/images/${region.toLowerCase()}/${image}`;
      const { status, text } = await ask(emulator.url, 'PATCH', path, change, headers);
      if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${text}`);
    },
  });
  let asking = owner;
  const editor = await startEditor(root, () => asking);
  const rules = new Map<string, number>();
  const problems: string[] = [];
  let accepted = 0;
  const judge = async (one: ServerCase, number: number): Promise<void> => {
    asking = await as(one.user);
    const said = await judgeByEditor(editor, root, number, one, asking, profile);
    const planned = await judgeByPlan(one, asking, profile);
    const answered = await judgeByEmulator(one, asking, owner);
    if (answered.accepted) accepted++;
    for (const rule of answered.rules) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    const difference =
      disagreement({ editor: said, emulator: answered }) ??
      (samePlan(planned, answered) ? undefined : `plan ${show(planned)}, emulator ${show(answered)}`);
    if (difference !== undefined)
      problems.push(
        `${profile} ${number} (${one.user}): ${JSON.stringify(one).slice(0, 400)}\n${difference}`,
      );
  };
  const ofBusy = Math.ceil(count / 10);
  try {
    for (let number = ofBusy; number < count; number++)
      await judge(makeCase(randomOf(seed, number), world), number);
    const busy = world.servers.get('active') ?? '';
    await pauseClock(emulator);
    await owner.servers.createImage(busy, { name: 'under way' });
    for (let number = 0; number < ofBusy; number++)
      await judge(makeCase(randomOf(seed, number), world, busy), number);
  } finally {
    await editor.close();
  }
  return { accepted, refused: count - accepted, rules, problems };
}

async function pauseClock({ url, token }: Emulator): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const { status, text } = await ask(url, 'POST', '/emulator/clock', { pause: true }, headers);
  if (status !== 200) throw new Error(`The clock answered ${status}: ${text}`);
}

/** A client that answers from the cloud, as ours does. */
function startEditor(root: string, asking: () => Cloud): Promise<LanguageServer> {
  return startLanguageServer({
    root,
    requests: {
      'cloudImages/liveImage': async ({ id = '' }: { id?: string }) => {
        const image = uuid.test(id) ? await unlessMissing(asking().images.get(id)) : undefined;
        return image ? { image: Object.fromEntries(image) } : { none: true };
      },
      'cloudImages/liveServer': async ({ id = '' }: { id?: string }) => {
        const found = await unlessMissing(asking().servers.get(id));
        const facts = await gatherServerFacts(found ?? null, asking());
        return facts.server ? facts : { none: true };
      },
      'cloudImages/flavor': ({ reference }: { reference: string }) => gatherFlavorFacts(reference, asking()),
    },
  });
}

/** A manifest says which server it images; that is not sent. */
function toManifest({ body, server }: ServerCase): JsonObject {
  return server === undefined ? body : { ...body, server: { id: server } };
}

async function judgeByEditor(
  { connection, open }: LanguageServer,
  root: string,
  number: number,
  one: ServerCase,
  { session }: Cloud,
  profile: ProfileName,
): Promise<Verdict> {
  const caller = { account: session.account.id, roles: session.roles };
  const { limits } = profiles[profile];
  await connection.sendNotification('cloudImages/limits', { profile, limits, caller });
  await connection.sendNotification('cloudImages/imagesChanged', {});
  const document = open(join(root, `${number}.${one.kind}.json`), JSON.stringify(toManifest(one), null, 1));
  const errors = (await document.diagnostics()).filter(
    ({ severity, code }) => severity === 1 && !findRule(String(code))?.atBoot,
  );
  await document.close();
  return {
    accepted: errors.length === 0,
    rules: errors.map(({ code }) => String(code)),
    texts: errors.map(({ message }) => message),
  };
}

async function judgeByPlan(one: ServerCase, cloud: Cloud, profile: ProfileName): Promise<Verdict> {
  const place = { path: 'a.yaml', index: 0, of: 1, line: 1, start: 0, end: 0, following: [] };
  const part = { ...place, kind: one.kind, data: toManifest(one), profile: profiles[profile] };
  const { session } = cloud;
  const caller = { account: session.account.id, roles: session.roles };
  const ports = { cloud, waiting: { interval: 5 }, disks: noDisks, upload: {} };
  const { steps } = await planRun([part], ports, caller);
  const refusals = steps.flatMap((step) => [...listRefusals(step)]);
  return {
    accepted: steps.every(({ type }) => type === one.kind) && refusals.length === 0,
    rules: refusals.map(({ rule }) => rule),
    texts: refusals.map(({ text }) => text),
    ...(refusals[0] ? { status: refusals[0].status } : {}),
  };
}

/** What is made is taken away again. */
async function judgeByEmulator(one: ServerCase, asking: Cloud, owner: Cloud): Promise<Verdict> {
  try {
    if (one.kind === 'server') {
      const id = await asking.servers.create(one.body);
      await settle(owner, id);
      await owner.servers.delete(id);
      await settle(owner, id);
    } else {
      const server = one.server ?? '';
      const image = await asking.servers.createImage(server, one.body['createImage'] ?? null);
      await settle(owner, server);
      await owner.images.delete(image);
    }
    return { accepted: true, rules: [], texts: [] };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { status, rule, text } = error;
    return { accepted: false, status, rules: rule ? [rule] : [], texts: [text] };
  }
}

function samePlan(plan: Verdict, emulator: Verdict): boolean {
  if (plan.accepted || emulator.accepted) return plan.accepted === emulator.accepted;
  return (
    plan.status === emulator.status &&
    plan.rules[0] === emulator.rules[0] &&
    plan.texts[0] === emulator.texts[0]
  );
}

function show({ accepted, status, rules, texts }: Verdict): string {
  return accepted ? 'accepts' : `refuses (${status} ${rules.join(', ')}: ${texts.join(' | ')})`;
}
