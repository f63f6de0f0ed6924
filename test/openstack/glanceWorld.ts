/** The world of the agreement test on a real Glance, which has no snapshots: what a file changed is set right by requests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../server/cloud/cloud.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { Json } from '../../server/rules/json.ts';
import { classOf } from '../../server/rules/service/attributes.ts';
import { diff } from '../../server/rules/service/differences.ts';
import { drawFrom, type Images, type Known, seed, type User, type World } from '../agreement/texts/world.ts';
import { startServices } from './services/cloud.ts';
import { people } from './services/people.ts';
import { password, region } from './services/place.ts';

export async function openGlanceWorld(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-openstack-'));
  writeFileSync(join(root, '.cloud-images.json'), JSON.stringify({ profile: 'openstack' }));
  const services = await startServices(join(root, '.services'), 'images');
  const close = async (): Promise<void> => {
    await services.close();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const users = new Map<string, User>();
    for (const { name, project, role } of people) {
      const credentials = { authUrl: services.addresses.identity, userName: name, password, project, region };
      const cloud = await connect(credentials);
      users.set(name, { cloud, caller: { account: cloud.session.account.id, roles: [role] } });
    }
    const user = (name: string): User => {
      const found = users.get(name);
      if (!found) throw new Error(`There is no user ${name}.`);
      return found;
    };
    const [owner, partner] = [user('owner').cloud, user('partner').cloud];
    await makePublic(services.addresses.identity);
    const operate = () => Promise.reject(new Error('Glance has no operator’s interface.'));
    const beginning = () => seed({ root, profile: 'openstack', owner, partner, operate });
    let images = await beginning();
    /** Every image as its owner sees it, as it was then. */
    let originals = await listAll(users);
    let version = 0;
    return {
      root,
      profile: 'openstack',
      get images() {
        return images;
      },
      get version() {
        return version;
      },
      users,
      user,
      operate,
      restore: async () => {
        version++;
        const times = await setRight(images, originals, users);
        if (times) {
          images = {
            ...images,
            ...drawFrom(images.all.map((one) => withTime(one, times.get(String(one.image?.get('id')))))),
          };
          return;
        }
        for (const name of ['owner', 'partner']) await removeAll(user(name));
        images = await beginning();
        originals = await listAll(users);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An image of the cloud's own project, as an administrator makes it. */
async function makePublic(authUrl: string): Promise<void> {
  const administrator = { authUrl, userName: 'admin', password, project: 'admin', region };
  const { session } = await connect(administrator);
  const body = { name: 'public', visibility: 'public', disk_format: 'raw', container_format: 'bare' };
  await openImageData(session, region).create(body);
}

/** What was changed and set right has another time than before. */
function withTime(one: Known, time: Json | undefined): Known {
  return one.image && time !== undefined
    ? { ...one, image: new Map([...one.image, ['updated_at', time]]) }
    : one;
}

/** When each image was changed last, where all are again what they were, with the same ids; else undefined. */
async function setRight(
  { all }: Images,
  originals: ReadonlyMap<string, Image>,
  users: ReadonlyMap<string, User>,
): Promise<ReadonlyMap<string, Json> | undefined> {
  const times = new Map<string, Json>();
  const known = new Map(all.map((one) => [one.id, one]));
  for (const { cloud } of [users.get('owner'), users.get('partner')].filter((one) => one !== undefined)) {
    const live = await listOwn(cloud);
    for (const [id, image] of live) {
      const was = originals.get(id);
      if (!was) await remove(cloud, image);
      else {
        const reverted = await revert(cloud, was, image);
        if (!reverted) return undefined;
        live.set(id, reverted);
        times.set(id, reverted.get('updated_at') ?? null);
      }
    }
    const { id: account } = cloud.session.account;
    const missing = [...originals].some(([id, was]) => was.get('owner') === account && !live.has(id));
    if (missing || !(await revertMembers(cloud, live, known))) return undefined;
  }
  return times;
}

async function listAll(users: ReadonlyMap<string, User>): Promise<ReadonlyMap<string, Image>> {
  const all = new Map<string, Image>();
  for (const name of ['owner', 'partner']) {
    const user = users.get(name);
    for (const [id, image] of user ? await listOwn(user.cloud) : []) all.set(id, image);
  }
  return all;
}

/** The images of the account, hidden ones too. */
async function listOwn(cloud: User['cloud']): Promise<Map<string, Image>> {
  const own = new Map<string, Image>();
  for (const hidden of ['false', 'true'])
    for await (const page of cloud.images.list({
      owner: cloud.session.account.id,
      os_hidden: hidden,
      visibility: 'all',
    }))
      for (const image of page) own.set(String(image.get('id')), image);
  return own;
}

/** Answers the image as it is then; undefined where it cannot be what it was. */
async function revert(cloud: User['cloud'], was: Image, is: Image): Promise<Image | undefined> {
  const own = ([name]: [string, Json]): boolean =>
    ['writable', 'custom'].includes(classOf(name)) && name !== 'owner';
  const back = diff(new Map([...is].filter(own)), new Map([...was].filter(own)));
  if (is.get('status') !== was.get('status')) return undefined;
  return back.length > 0 ? await cloud.images.patch(String(was.get('id')), back) : is;
}

/** Only what was shared with the owner at the beginning is shared. */
async function revertMembers(
  cloud: User['cloud'],
  live: ReadonlyMap<string, Image>,
  known: ReadonlyMap<string, Known>,
): Promise<boolean> {
  for (const [id, image] of live) {
    if (!known.has(id) || image.get('visibility') !== 'shared') continue;
    const shared = known.get(id)?.whose.startsWith('shared') ?? false;
    const members = await cloud.members.list(id);
    if (shared && members.length !== 1) return false;
    // Glance reads the bytes of a member's name in a URL as other letters: such a one stays.
    if (!shared && members.some(({ account }) => !/^[ -~]*$/.test(account))) return false;
    if (!shared) for (const { account } of members) await cloud.members.remove(id, account);
  }
  return true;
}

async function removeAll({ cloud }: User): Promise<void> {
  for (const hidden of ['false', 'true'])
    for await (const page of cloud.images.list({
      owner: cloud.session.account.id,
      os_hidden: hidden,
      visibility: 'all',
    }))
      for (const image of page) if (image.get('visibility') !== 'public') await remove(cloud, image);
}

async function remove(cloud: User['cloud'], image: Image): Promise<void> {
  const id = String(image.get('id'));
  if (image.get('protected') === true)
    await cloud.images.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
  await cloud.images.delete(id);
}
