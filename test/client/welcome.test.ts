import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExtensionManifest } from '../tools/extensionManifest.ts';
import { isTrue, type Keys } from './whenClause.ts';

const { contributes } = readExtensionManifest() as {
  contributes: {
    viewsWelcome: readonly { readonly view: string; readonly when: string; readonly contents: string }[];
  };
};

const at = (keys: Record<string, string | boolean>): Keys =>
  Object.fromEntries(Object.entries(keys).map(([name, value]) => [`cloudImages.${name}`, value]));

/** Every state in which *Images* and *Servers* can be empty, by the keys that `keepContextKeys` and the emulator set. */
function* listStates(): Generator<readonly [string, Keys]> {
  const none = { connected: false, refused: false, trouble: '' };
  for (const [emulator, state] of [
    ['stopped', 'disconnected'],
    ['starting', 'connecting'],
    ['running', 'connecting'],
    ['stopping', 'disconnecting'],
  ] as const)
    yield [`the emulator ${emulator}`, at({ ...none, sandbox: true, state, emulator })];
  const failed = { ...none, state: 'failed', refused: true };
  for (const trouble of ['port', 'start', 'ended'])
    yield [`the emulator: ${trouble}`, at({ ...failed, sandbox: true, trouble, emulator: 'failed' })];
  yield [
    'the emulator: no such user',
    at({ ...failed, sandbox: true, trouble: 'refused', emulator: 'running' }),
  ];
  for (const state of ['disconnected', 'connecting'])
    yield [`a real cloud ${state}`, at({ ...none, sandbox: false, state, emulator: 'stopped' })];
  for (const trouble of ['network', 'busy', 'refused', 'secret', 'certificate', 'settings'])
    yield [`a real cloud: ${trouble}`, at({ ...failed, sandbox: false, trouble, emulator: 'stopped' })];
  for (const sandbox of [true, false])
    for (const reads of [true, false])
      for (const filtered of [true, false])
        for (const hasServers of [true, false])
          yield [
            `connected (${[sandbox, reads, filtered, hasServers].join()})`,
            at({
              ...{ ...none, connected: true, state: 'connected', emulator: sandbox ? 'running' : 'stopped' },
              ...{ sandbox, filtered, hasServers, readsImages: reads, readsServers: reads },
            }),
          ];
}

/** *Images* alone is there in a browser too. */
const inBrowser = ['a browser', at({ inBrowser: true })] as const;

for (const [view, states] of [
  ['cloudImages.images', [inBrowser, ...listStates()]],
  ['cloudImages.servers', [...listStates()]],
] as const)
  test(`${view} says in each state why it is empty, and only that`, () => {
    const welcomes = contributes.viewsWelcome.filter((one) => one.view === view);
    const shown = new Set<unknown>();
    for (const [name, keys] of states) {
      const fitting = welcomes.filter(({ when }) => isTrue(when, keys));
      assert.deepEqual(fitting.map(({ when }) => when).slice(1), [], name);
      assert.equal(fitting.length, 1, `one text for ${name}`);
      shown.add(fitting[0]);
    }
    assert.equal(shown.size, welcomes.length, 'each text is shown in some state');
  });
