import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { Context } from '../../client/context.ts';
import { profiles } from '../../server/rules/profile/table.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'data:text/javascript,', shortCircuit: true } : next(specifier, context),
});
const { verifyImage } = await import('../../client/commands/images/verify.ts');

test('content that takes the place of what is being verified does not count as verified', async () => {
  const id = '12345678-1234-1234-1234-123456789abc';
  const image = new Map(
    Object.entries({ id, name: 'Web', status: 'active', owner: '1', visibility: 'private' }),
  );
  let etag = 'before';
  const objects = {
    details: async () => ({ bytes: 4, etag, isStatic: false }),
    getObject: async () => {
      etag = 'after';
      return ReadableStream.from([new Uint8Array(4)]);
    },
  };
  const connection = {
    ...{ profile: profiles.rackspace, caller: { account: '1', roles: ['admin', 'images:admin'] } },
    cloud: { region: 'DFW', objects, session: { account: { id: '1' }, roles: [] } },
  };
  const task = {
    ...{ id: 't', type: 'export', status: 'success', createdAt: '2026-01-01T00:00:00Z', updatedAt: '' },
    ...{ input: { image_uuid: id }, result: { export_location: `exports/${id}.vhd` } },
  };
  const kept: unknown[] = [];
  const context = {
    source: { key: 'a', connect: async () => connection },
    images: { loaded: async () => ({ kind: 'ready', items: new Map([[id, { image }]]) }) },
    tasks: { loaded: async () => ({ kind: 'ready', items: new Map([['t', task]]) }) },
    browsing: {},
    log: { info: () => undefined },
    verdicts: { keep: async (...of: readonly unknown[]) => void kept.push(of.at(-1)) },
    ui: {
      progress: (_: string, work: (...of: readonly unknown[]) => unknown) =>
        work({ report: () => undefined }, new AbortController().signal),
    },
  } as unknown as Context;
  await assert.rejects(verifyImage(context, { kind: 'image', seen: { image } }), /no footer of a VHD/);
  assert.deepEqual(kept, [`${id}.vhd before`]);
});
