import assert from 'node:assert/strict';
import type { Api } from '../../../../client/extension.ts';
import { act, picking, type Ui } from './act.ts';

/** Builds a server by its verb. */
export async function createServer(api: Api, name: string): Promise<void> {
  let picks = 0;
  const pick: Ui['pick'] = async (items, title) =>
    picks++ === 0
      ? items.find(({ label }) => label.startsWith('Ubuntu 14.04'))
      : picking('1 GB General Purpose v1')(items, title);
  const confirm = async (): Promise<boolean> => true;
  const { outcome, said } = await act(api, { pick, ask: async () => name, confirm }, 'servers.create');
  assert.equal(outcome, 'success', said.join());
}

/** Saves a cloud at an address where nothing answers; answers its id. */
export function saveDeadCloud({ context }: Api): Promise<string> {
  const auth = { auth_url: 'http://127.0.0.1:9/v3', username: 'nobody', project_name: 'none' };
  return context.clouds.save({ id: 'dead', name: 'dead', entry: { auth } }, 'password', 'x');
}
