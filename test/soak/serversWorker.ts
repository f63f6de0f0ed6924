import type { JsonObject } from '../../server/rules/json.ts';
import { act, build, settled } from '../emulator/compute/living.ts';
import { expect, images, type Worker } from './workers.ts';

const compute = '/dfw/compute/v2/100001';

/** A server is built, imaged and deleted, and its image with it; what a kill left in between goes first. */
export function serversWorker(): Worker {
  let count = 0;
  /** Answered and not deleted since. */
  let server: string | undefined;
  return {
    name: 'servers, imaged',
    done: () => count,
    async work(owner, emulator) {
      if (server !== undefined) {
        const { status } = await owner.ask('DELETE', `${compute}/servers/${server}`);
        if (status === 204) await settled(emulator, server);
        server = undefined;
      }
      const left = (await expect(200, owner, 'GET', `${images}?name=soak%20server&limit=10`)).json['images'];
      for (const { id } of left as JsonObject[]) await owner.ask('DELETE', `${images}/${String(id)}`);
      const filter = 'visibility=public&os_type=linux&limit=1';
      const listed = (await expect(200, owner, 'GET', `${images}?${filter}`)).json['images'] as JsonObject[];
      const wanted = { name: 'soak', flavorRef: 'general1-1', imageRef: String(listed[0]?.['id']) };
      server = await build(emulator, owner, wanted, compute);
      await act(emulator, owner, server, { createImage: { name: 'soak server' } }, compute);
      const made = (await expect(200, owner, 'GET', `${images}?name=soak%20server`)).json[
        'images'
      ] as JsonObject[];
      if (made[0]?.['status'] !== 'active') throw new Error(`The image is ${JSON.stringify(made)}.`);
      await expect(204, owner, 'DELETE', `${compute}/servers/${server}`);
      await settled(emulator, server);
      server = undefined;
      count++;
    },
    async verify(owner) {
      if (server === undefined) return [];
      const { status, json } = await owner.ask('GET', `${compute}/servers/${server}`);
      if (status === 404) return []; // its deletion was asked for
      const state = String((json['server'] as JsonObject)['status']);
      return state === 'ERROR' || status !== 200 ? [`The server ${server} is ${status} ${state}.`] : [];
    },
  };
}
