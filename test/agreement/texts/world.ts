/** A cloud with images of every owner and state, and everybody who may ask it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, connect } from '../../../server/cloud/cloud.ts';
import { asObject, type Image } from '../../../server/cloud/services/images.ts';
import { CloudError } from '../../../server/cloud/session/errors.ts';
import { demoUsers } from '../../../server/emulator/seed/demoAccounts.ts';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Caller, PropertyProtection } from '../../../server/rules/profile/profile.ts';
import { profiles } from '../../../server/rules/profile/table.ts';
import type { Operation } from '../../../server/rules/service/patchBody.ts';
import { ask } from '../../emulator/harness.ts';
import type { Random } from '../../fuzz/random.ts';
import { diskKinds, makeDisks } from '../../tools/disks.ts';
import { startEmulator } from '../../tools/emulator.ts';
import { ended, imagesOf, type ProfileName } from '../lives.ts';

/** An image that a manifest may mean, or an id of none. */
export interface Known {
  /** Whose it is, and what is special about it. */
  readonly whose: string;
  readonly id: string;
  readonly name: string;
  /** As the account 100001 sees it; absent where it does not. */
  readonly image?: Image;
  /** Whether somebody may delete it, or share it no more. */
  readonly isMovable: boolean;
}

export interface Images {
  readonly profile: ProfileName;
  readonly none: Known;
  readonly all: readonly Known[];
  /** The account whose images are one's own, and another. */
  readonly accounts: readonly [own: string, other: string];
  /** An image as an import makes it. */
  readonly imported?: Image;
  /** Disks that are uploaded, as `container/object`. */
  readonly objects: readonly string[];
  /** One's own about half of the time. */
  pick(random: Random): Known;
  /** One that the account sees. */
  pickSeen(random: Random): Known;
}

export interface User {
  readonly cloud: Cloud;
  readonly caller: Caller;
}

export interface World {
  readonly root: string;
  readonly profile: ProfileName;
  readonly images: Images;
  readonly users: ReadonlyMap<string, User>;
  user(name: string): User;
  operate(image: string, change: JsonObject): Promise<void>;
  /** Another number where what was known of the cloud counts no more. */
  readonly version: number;
  /** Brings the cloud back to what it was at the beginning. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Containers: disks to import, and where exports go. */
export const exports = 'exports';
export const receiving = 'receiving';

/** `protection`: the operator's rules of who may do what with a property, which the emulator and the editor's project have. */
export async function openTheWorld(
  profile: ProfileName,
  protection?: readonly PropertyProtection[],
): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-agreement-'));
  const config = join(root, '.cloud-images.json');
  writeFileSync(
    config,
    JSON.stringify({ profile, ...(protection ? { emulator: { propertyProtection: protection } } : {}) }),
  );
  const emulator = await startEmulator({
    data: join(root, '.data'),
    arguments: ['--speed', '1000000', '--config', config],
  });
  const operator = async (method: string, path: string, body?: Json): Promise<void> => {
    const headers = { authorization: `Bearer ${emulator.token}` };
    const { status, text } = await ask(emulator.url, method, `/emulator${path}`, body, headers);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
  };
  const close = async (): Promise<void> => {
    await emulator.close();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const nobody = { name: 'nobody', account: '100001', password: 'emulator', roles: ['bystander'] };
    await operator('POST', '/users', nobody);
    const users = new Map<string, User>();
    const region = profile === 'rackspace' ? 'DFW' : 'RegionOne';
    for (const { name, account, roles } of [...demoUsers(profiles[profile]), nobody]) {
      const authUrl = `${emulator.url}/identity/v3`;
      const credentials = { authUrl, userName: name, password: 'emulator', project: account };
      users.set(name, { cloud: await connect({ ...credentials, region }), caller: { account, roles } });
    }
    const user = (name: string): User => {
      const found = users.get(name);
      if (!found) throw new Error(`There is no user ${name}.`);
      return found;
    };
    const operate = (image: string, change: JsonObject) =>
      operator('PATCH', `/images/${region.toLowerCase()}/${image}`, change);
    const guardian = protection && user('admin').cloud;
    const [owner, partner] = [user('owner').cloud, user('partner').cloud];
    const seeds = { root, profile, owner, partner, guardian, operate };
    const images = await seed(seeds);
    await operator('POST', '/snapshots', { name: 'beginning' });
    const restore = () => operator('POST', '/snapshots/beginning/restore');
    return { root, profile, images, version: 0, users, user, operate, restore, close };
  } catch (error) {
    await close(); // or it would outlive a test that failed to begin
    throw error;
  }
}

interface Seeds {
  readonly root: string;
  readonly profile: ProfileName;
  readonly owner: Cloud;
  readonly partner: Cloud;
  /** Gives images the properties that the protection keeps from others. */
  readonly guardian?: Cloud | undefined;
  operate(image: string, change: JsonObject): Promise<void>;
}

/** Makes an active image for an account. */
type Make = (cloud: Cloud, name: string, more?: JsonObject) => Promise<string>;

/** Makes the images that cases are about. */
export async function seed(seeds: Seeds): Promise<Images> {
  const { root, profile, owner, partner, operate } = seeds;
  const files = makeDisks(join(root, '.disks'));
  const isRackspace = profile === 'rackspace';
  for (const cloud of isRackspace ? [owner, partner] : []) {
    for (const container of [exports, receiving]) await cloud.objects.putContainer(container);
    for (const [kind, file] of files) await cloud.objects.putObject(exports, `${kind}.vhd`, file);
  }
  const make: Make = isRackspace ? importImage : createImage;
  const list: Known[] = [];
  const add = async (whose: string, id: string, isMovable = true): Promise<void> => {
    const found = await owner.images.get(id).catch(() => undefined);
    const name = String(found?.get('name') ?? whose);
    list.push({ whose, id, name, isMovable, ...(found ? { image: found } : {}) });
  };
  const mine = async (whose: string, more: JsonObject = {}): Promise<string> => {
    const id = await make(owner, whose, more);
    if (whose !== 'deleted') await add(whose, id);
    return id;
  };
  await mine('own', { team: 'blue', tags: ['agreement'] });
  await mine('own with tags up to the quota', { tags: Array.from({ length: 128 }, (_, at) => `t${at}`) });
  await mine(
    'own with properties up to the quota',
    Object.fromEntries(Array.from({ length: isRackspace ? 120 : 128 }, (_, at) => [`p${at}`, 'x'])),
  );
  await mine('own, protected', { protected: true });
  for (const _ of [1, 2]) await mine('twins', { tags: ['twin'] });
  const gone = await mine('deleted');
  await owner.images.delete(gone);
  await add('deleted', gone, false);
  await deactivate(await mine('deactivated'));
  await add('nobody’s id', randomUUID(), false);
  const [own] = list;
  if (own) list.push({ ...own, whose: 'own id in capitals', id: own.id.toUpperCase(), isMovable: false });
  if (isRackspace) await licence(await mine('licensed'));
  else await seedOpenstack();
  for (const status of ['accepted', 'pending', 'rejected'] as const) {
    const id = await make(partner, `shared, ${status}`, { team: 'red', tags: ['partner'] });
    await partner.members.add(id, owner.session.account.id);
    if (status !== 'pending') await owner.members.answer(id, status);
    await add(`shared, ${status}`, id);
  }
  await add('not shared', await make(partner, 'not shared'), false);
  const { value: page } = await owner.images.list({ visibility: 'public', limit: '1' }).next();
  await add('public', String(page?.[0]?.get('id')), false);
  for (const { id, image } of seeds.guardian ? list : [])
    if (image?.get('id') === id && image.get('owner') === owner.session.account.id)
      await seeds.guardian?.images.patch(id, guardedProperties).catch(unlessFull);
  for (const [at, one] of list.entries()) {
    const image = await owner.images.get(one.id).catch(() => undefined);
    if (image) list[at] = { ...one, image };
  }
  const imported = isRackspace ? await readImported(owner) : undefined;
  return {
    profile,
    none: { whose: 'no image', id: '', name: 'none', isMovable: false },
    ...drawFrom(list),
    accounts: [owner.session.account.id, partner.session.account.id],
    ...(imported ? { imported } : {}),
    objects: diskKinds.map((kind) => `${exports}/${kind}.vhd`),
  };

  async function deactivate(id: string): Promise<void> {
    if (isRackspace) await operate(id, { status: 'deactivated' });
    else await owner.session.send(`${imagesOf(owner)}/${id}/actions/deactivate`, { method: 'POST' });
  }

  async function licence(id: string): Promise<void> {
    await operate(id, { properties: { 'com.rackspace__1__options': '4' } });
  }

  async function seedOpenstack(): Promise<void> {
    await add('queued', await createImage(owner, 'queued', {}, false));
    await mine('private', { visibility: 'private' });
    await mine('hidden', { os_hidden: true });
    await add('community of another', await make(partner, 'community', { visibility: 'community' }), false);
  }
}

/** Draws from images as they are known now, most often the first. */
export function drawFrom(all: readonly Known[]): Pick<Images, 'all' | 'pick' | 'pickSeen'> {
  const [own] = all;
  const seen = all.filter(({ id, image }) => image?.get('id') === id);
  return {
    all,
    pick: (random) => (own && random.once(2) ? own : random.pick(all)),
    pickSeen: (random) => (own && random.once(2) ? own : random.pick(seen)),
  };
}

async function createImage(
  cloud: Cloud,
  name: string,
  more: JsonObject = {},
  hasData = true,
): Promise<string> {
  const wanted = { name, disk_format: 'raw', container_format: 'bare', ...more };
  const url = imagesOf(cloud);
  const id = String(asObject(await cloud.session.json(url, { method: 'POST', json: wanted }))['id']);
  const headers = { 'content-type': 'application/octet-stream' };
  const body = () => new Blob(['data']).stream();
  if (hasData) await cloud.session.send(`${url}/${id}/file`, { method: 'PUT', body, headers });
  return id;
}

async function importImage(cloud: Cloud, name: string, more: JsonObject = {}): Promise<string> {
  const { id: asked } = await cloud.tasks.create('import', {
    import_from: `${exports}/dynamic.vhd`,
    image_properties: { name },
  });
  const { result, message } = await ended(cloud, asked);
  const id = result?.['image_id'];
  if (typeof id !== 'string') throw new Error(`The import of ${name} failed: ${message ?? ''}`);
  const operations = Object.entries(more).map(
    ([key, value]) => ({ op: 'add', path: `/${key}`, value }) as const,
  );
  if (operations.length > 0) await cloud.images.patch(id, operations);
  return id;
}

async function readImported(cloud: Cloud): Promise<Image> {
  const id = await importImage(cloud, 'imported');
  const image = await cloud.images.get(id);
  await cloud.images.delete(id);
  return image;
}

const guardedProperties: Operation[] = ['os_distro', 'hw_disk_bus', 'release'].map((name) => ({
  op: 'add',
  path: `/${name}`,
  value: 'guarded',
}));

/** An image may have as many properties as it may have. */
function unlessFull(error: unknown): void {
  if (!(error instanceof CloudError) || error.status !== 413) throw error;
}
