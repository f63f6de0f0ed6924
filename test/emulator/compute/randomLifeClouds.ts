import assert from 'node:assert/strict';
import type { JsonObject } from '../../../server/rules/json.ts';
import { type Caller, patchType } from '../harness.ts';
import { makeImage } from './living.ts';

/** The two clouds in which servers live at random, as far as they differ. */

export type Who = 'owner' | 'partner';
export type Accounts<T> = Readonly<Record<Who, T>>;

export const accounts: Accounts<string> = { owner: '100001', partner: '100002' };

export interface Cloud {
  readonly args: readonly string[];
  readonly region: string;
  readonly flavor: string;
  readonly images: string;
  readonly tasks: string;
  readonly exports: boolean;
  compute(account: string): string;
  /** An image that everybody may build from. */
  findBase(owner: Caller): Promise<string>;
  share(owner: Caller, image: string, account: string): Promise<void>;
}

const speed = ['--speed', '1000000'];

async function addMember(owner: Caller, images: string, image: string, member: string): Promise<void> {
  const { status, text } = await owner.ask('POST', `${images}/${image}/members`, { member });
  assert.equal(status, 200, text);
}

const openstackImages = '/regionone/image/v2/images';
const rackspaceImages = '/dfw/image/v2/images';

export const clouds: Readonly<Record<'openstack' | 'rackspace', Cloud>> = {
  openstack: {
    args: ['--profile', 'openstack', '--seed', 'empty', ...speed],
    region: 'regionone',
    flavor: '1',
    images: openstackImages,
    tasks: '/regionone/image/v2/tasks',
    exports: false,
    compute: () => '/regionone/compute/v2.1',
    findBase: (owner) => makeImage(owner, { visibility: 'community' }),
    share: async (owner, image, account) => {
      const patch = [{ op: 'replace', path: '/visibility', value: 'shared' }];
      const { status, text } = await owner.ask('PATCH', `${openstackImages}/${image}`, patch, patchType);
      assert.equal(status, 200, text);
      await addMember(owner, openstackImages, image, account);
    },
  },
  rackspace: {
    args: ['--profile', 'rackspace', ...speed],
    region: 'dfw',
    flavor: 'general1-1',
    images: rackspaceImages,
    tasks: '/dfw/image/v2/tasks',
    exports: true,
    compute: (account) => `/dfw/compute/v2/${account}`,
    findBase: async (owner) => {
      const { json } = await owner.ask('GET', `${rackspaceImages}?limit=100`);
      const linux = (json['images'] as JsonObject[]).find(({ name }) => String(name).startsWith('Debian'));
      return String(linux?.['id']);
    },
    share: (owner, image, account) => addMember(owner, rackspaceImages, image, account),
  },
};
