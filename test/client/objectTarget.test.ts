import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';

const stub = `export const Uri = { from: (parts) => parts };`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true }
      : next(specifier, context),
});
const { findTarget } = await import('../../client/diskViewer/diskTarget.ts');
const { makeObjectUri } = await import('../../client/diskViewer/objectUri.ts');

/** A connection as `account`, in which there is no object. */
const connectionOf = (account: string, region = 'DFW') =>
  ({
    cloudId: 'emulator',
    cloud: { region, session: { account: { id: account } }, objects: { details: async () => undefined } },
  }) as unknown as Parameters<typeof makeObjectUri>[1];

test('an object is read of the account and region alone that it was opened in', async () => {
  const uri = makeObjectUri({ container: 'exports', path: 'web.vhd' }, connectionOf('100001'));
  const open = (connection: unknown) =>
    findTarget({ source: { connection } } as Parameters<typeof findTarget>[0], uri).open(
      new AbortController().signal,
    );
  await assert.rejects(open(connectionOf('100001')), /There is no object exports\/web\.vhd/);
  await assert.rejects(open(connectionOf('100002')), /Show the cloud, region and account again/);
  await assert.rejects(open(connectionOf('100001', 'ORD')), /Show the cloud, region and account again/);
  await assert.rejects(open(undefined), /Show the cloud, region and account again/);
});
