import { setTimeout as wait } from 'node:timers/promises';
import { type Cloud, findImageEndpoint } from '../../server/cloud/cloud.ts';
import { asObject, type Image } from '../../server/cloud/services/images.ts';
import type { JsonObject } from '../../server/rules/json.ts';

/**
 * An active image of one's own, or of the cloud's, or shared with one; or one of one's own that is deactivated, carries
 * licences (profile rackspace), has no data yet or is private (profile openstack).
 */
export type Whose = 'own' | 'public' | 'shared' | 'licensed' | 'deactivated' | 'queued' | 'private';
export type ProfileName = 'rackspace' | 'openstack';

export const exports = 'exports';

/** What is done to an image that its owner cannot, and another account. */
export interface Operator {
  operate(image: string, change: JsonObject): Promise<void>;
  readonly partner: Cloud;
}

/** Images of every state that the profile lets a customer bring them to. */
export async function liveImages(
  cloud: Cloud,
  profile: ProfileName,
  operator: Operator,
): Promise<Map<Whose, Image>> {
  const lives = new Map<Whose, Image>([['public', await firstPublic(cloud)]]);
  if (profile === 'rackspace') return rackspaceImages(cloud, lives, operator);
  const url = imagesOf(cloud);
  const made = async (of: Whose, more: JsonObject = {}): Promise<void> => {
    const wanted = {
      disk_format: 'raw',
      container_format: 'bare',
      team: 'blue',
      tags: ['agreement'],
      ...more,
    };
    const id = String(asObject(await cloud.session.json(url, { method: 'POST', json: wanted }))['id']);
    const headers = { 'content-type': 'application/octet-stream' };
    const body = () => new Blob(['data']).stream();
    if (of !== 'queued') await cloud.session.send(`${url}/${id}/file`, { method: 'PUT', body, headers });
    if (of === 'deactivated') await cloud.session.send(`${url}/${id}/actions/deactivate`, { method: 'POST' });
    lives.set(of, await cloud.images.get(id));
  };
  await made('own');
  await made('queued');
  await made('deactivated');
  await made('private', { visibility: 'private' });
  return lives;
}

async function rackspaceImages(
  cloud: Cloud,
  lives: Map<Whose, Image>,
  { operate, partner }: Operator,
): Promise<Map<Whose, Image>> {
  for (const whose of ['own', 'licensed', 'deactivated'] as const) lives.set(whose, await imported(cloud));
  const change = async (of: Whose, to: JsonObject) => {
    const id = String(lives.get(of)?.get('id'));
    await operate(id, to);
    lives.set(of, await cloud.images.get(id));
  };
  await change('licensed', { properties: { 'com.rackspace__1__options': '4' } });
  await change('deactivated', { status: 'deactivated' });
  const theirs = String((await imported(partner)).get('id'));
  await partner.members.add(theirs, '100001');
  return lives.set('shared', await cloud.images.get(theirs));
}

/** An image of one's own, as an import makes it. */
async function imported(cloud: Cloud): Promise<Image> {
  const task = await cloud.tasks.create('import', {
    import_from: `${exports}/dynamic.vhd`,
    image_properties: { name: 'agreement' },
  });
  const done = await ended(cloud, task.id);
  if (done.status === 'failure') throw new Error(`The first import failed: ${done.message ?? ''}`);
  const id = String(done.result?.['image_id']);
  return cloud.images.patch(id, [
    { op: 'add', path: '/team', value: 'blue' },
    { op: 'replace', path: '/tags', value: ['agreement'] },
  ]);
}

async function firstPublic(cloud: Cloud): Promise<Image> {
  for await (const [image] of cloud.images.list({ visibility: 'public', limit: '1' }))
    if (image) return image;
  throw new Error('The cloud has no public image.');
}

export async function ended(cloud: Cloud, id: string) {
  for (;;) {
    const task = await cloud.tasks.get(id);
    if (task.status === 'success' || task.status === 'failure') return task;
    await wait(5); // the API has no other way than to ask again
  }
}

export function imagesOf(cloud: Cloud): string {
  return `${findImageEndpoint(cloud.session, cloud.region)}/images`;
}
