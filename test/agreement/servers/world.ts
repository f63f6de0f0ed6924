import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { openImageData } from '../../../server/cloud/services/imageData.ts';
import type { Server } from '../../../server/cloud/services/servers.ts';
import { unlessMissing } from '../../../server/cloud/session/errors.ts';
import type { JsonObject } from '../../../server/rules/json.ts';

/** Images and servers in every state that matters, by what they are. */
export interface ServerWorld {
  readonly images: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
  readonly flavors: readonly string[];
  readonly usualFlavor: string;
  /** Users of the account with other roles. */
  readonly others: readonly string[];
  /** Bodies are judged by Nova's schemas. */
  readonly hasSchemas: boolean;
}

export interface Makers {
  readonly owner: Cloud;
  readonly partner: Cloud;
  /** The cloud's administrator, where there is one. */
  readonly admin?: Cloud;
  operate(image: string, change: JsonObject): Promise<void>;
}

interface ImageSpec {
  readonly attributes?: JsonObject;
  /** What only the operator sets. */
  readonly operated?: JsonObject;
  readonly empty?: true;
}

const images: Readonly<Record<string, ImageSpec>> = {
  good: {},
  'much memory': { attributes: { min_ram: 3000 } },
  'much disk': { attributes: { min_disk: 50 } },
  queued: { empty: true },
  deactivated: { operated: { status: 'deactivated' } },
  'no resizing': { operated: { properties: { auto_disk_config: 'disabled' } } },
};
const rackspaceImages: Readonly<Record<string, ImageSpec>> = {
  'not general': { operated: { properties: { flavor_classes: '*,!general1' } } },
  windows: { operated: { properties: { os_type: 'windows' } } },
  'of a large flavor': { attributes: { instance_type_root_gb: '60' } },
};

export async function makeWorld(profile: 'rackspace' | 'openstack', makers: Makers): Promise<ServerWorld> {
  const { owner, partner } = makers;
  const isRackspace = profile === 'rackspace';
  const made = new Map<string, string>();
  for (const [name, spec] of Object.entries({ ...images, ...(isRackspace ? rackspaceImages : {}) }))
    made.set(name, await makeImage(owner, spec, makers));
  const shared = await makeImage(
    partner,
    isRackspace ? {} : { attributes: { visibility: 'shared' } },
    makers,
  );
  await partner.members.add(shared, owner.session.account.id);
  made.set('shared', shared);
  made.set('of others', await makeImage(partner, { attributes: { visibility: 'private' } }, makers));
  const imageRef = made.get('good') ?? '';
  const usualFlavor = isRackspace ? 'general1-2' : '1';
  const servers = new Map<string, string>();
  const build = async (name: string, flavorRef = usualFlavor, more: JsonObject = { imageRef }) => {
    const id = await owner.servers.create({ server: { name, flavorRef, ...more } });
    servers.set(name, id);
    await settle(owner, id);
    return id;
  };
  await build('active');
  for (const [name, action] of [
    ['stopped', 'os-stop'],
    ['paused', 'pause'],
    ['suspended', 'suspend'],
    ['rescued', 'rescue'],
  ] as const) {
    await owner.servers.act(await build(name), { [action]: null });
    await settle(owner, servers.get(name) ?? '');
  }
  if (makers.admin)
    await makers.admin.servers.act(await build('in error'), { 'os-resetState': { state: 'error' } });
  if (isRackspace) {
    await build('onmetal', 'onmetal-io1');
    await build('on a volume', 'compute1-4', {
      block_device_mapping_v2: [
        {
          boot_index: 0,
          source_type: 'image',
          destination_type: 'volume',
          uuid: imageRef,
          volume_size: 100,
          delete_on_termination: true,
        },
      ],
    });
  }
  return {
    images: made,
    servers,
    usualFlavor,
    flavors: isRackspace
      ? ['2', 'general1-1', 'general1-2', 'general1-4', 'io1-15', 'compute1-4', 'onmetal-io1']
      : ['1', '2', '3', '42', 'c1'],
    others: isRackspace ? ['observer', 'creator', 'admin'] : ['observer'],
    hasSchemas: !isRackspace,
  };
}

async function makeImage(
  { session, region }: Cloud,
  { attributes = {}, operated, empty }: ImageSpec,
  { operate }: Makers,
): Promise<string> {
  const data = openImageData(session, region);
  const body = { name: 'agreement', disk_format: 'raw', container_format: 'bare', ...attributes };
  const id = String((await data.create(body)).get('id'));
  if (!empty) {
    const url = `${session.endpoint('image', region).replace(/\/v2$/, '')}/v2/images/${id}/file`;
    const headers = { 'content-type': 'application/octet-stream' };
    await session.send(url, { method: 'PUT', body: () => new Blob(['data']).stream(), headers });
  }
  if (operated) await operate(id, operated);
  return id;
}

/** Waits until nothing is done to a server, or it is gone. */
export async function settle({ servers }: Cloud, id: string): Promise<Server | undefined> {
  for (let looks = 0; looks < 10_000; looks++) {
    const server = await unlessMissing(servers.get(id));
    if (!server || (server.taskState === null && server.status !== 'BUILD')) return server;
    await wait(2); // the API has no other way than to ask again
  }
  assert.fail(`The server ${id} does not settle.`);
}
