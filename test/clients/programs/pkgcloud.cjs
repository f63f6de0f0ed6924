// Objects and images by pkgcloud, with its provider of Rackspace or of OpenStack.
const { createHash } = require('node:crypto');
const { PassThrough } = require('node:stream');
const { text } = require('node:stream/consumers');
const pkgcloud = require(process.env.PKGCLOUD);

const onRackspace = process.env.PROFILE === 'rackspace';
const identity = process.env.OS_AUTH_URL.replace(/\/v3$/, '');
const options = onRackspace
  ? {
      provider: 'rackspace',
      username: 'owner',
      apiKey: process.env.API_KEY,
      authUrl: identity,
      region: 'DFW',
    }
  : {
      provider: 'openstack',
      username: 'owner',
      password: 'emulator',
      authUrl: identity,
      region: 'RegionOne',
      tenantId: '100001',
      keystoneAuthVersion: 'v3',
      domainId: 'default',
    };
const storage = pkgcloud.storage.createClient(options);

async function step(name, use) {
  try {
    await use();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(
      `not ok ${name}: ${error.message} ${JSON.stringify(error.result ?? '')}`.replaceAll('\n', ' '),
    );
  }
}

function check(holds, found) {
  if (!holds) throw new Error(`found ${JSON.stringify(found)}`);
}

/** Calls a method that takes a callback. */
const call = (method, ...parameters) =>
  new Promise((resolve, reject) =>
    storage[method](...parameters, (error, answer) => (error ? reject(error) : resolve(answer))),
  );

async function refused(status, promise) {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  check(error?.statusCode === status, error?.message ?? 'was not refused');
}

const content = 'some text';

async function upload(remote, metadata) {
  const stream = storage.upload({ container: 'c', remote, contentType: 'text/x-test', metadata });
  stream.end(content);
  return new Promise((resolve, reject) => stream.on('success', resolve).on('error', reject));
}

async function run() {
  await step('getContainers of none', async () => check((await call('getContainers')).length === 0, 'some'));
  await step('createContainer', () => call('createContainer', { name: 'c', metadata: { team: 'blue' } }));
  await step('getContainers', async () => {
    const found = await call('getContainers');
    check(
      found.map(({ name }) => name).join() === 'c',
      found.map(({ name }) => name),
    );
  });
  await step('getContainer', async () => {
    const found = await call('getContainer', 'c');
    check(found.metadata.team === 'blue' && found.count === 0, [found.metadata, found.count]);
  });
  await step('getContainer of none', () => refused(404, call('getContainer', 'none')));
  await step('updateContainerMetadata', async () => {
    const container = await call('getContainer', 'c');
    container.metadata.color = 'red';
    await call('updateContainerMetadata', container);
    check((await call('getContainer', 'c')).metadata.color === 'red', 'lost');
  });
  await step('upload', async () =>
    check((await upload('folder/a.txt', { season: 'winter' })).name === 'folder/a.txt', ''),
  );
  await step('getFile', async () => {
    const found = await call('getFile', 'c', 'folder/a.txt');
    check(found.size === content.length && found.metadata.season === 'winter', [found.size, found.metadata]);
    check(found.etag === createHash('md5').update(content).digest('hex'), found.etag);
  });
  await step('getFile of none', () => refused(404, call('getFile', 'c', 'none')));
  await step('download', async () => {
    const stream = storage.download({ container: 'c', remote: 'folder/a.txt' });
    check((await text(stream.pipe(new PassThrough()))) === content, 'other bytes');
  });
  await step('getFiles', async () => {
    await upload('b.txt', {});
    const found = await call('getFiles', 'c');
    check(
      found.map(({ name }) => name).join() === 'b.txt,folder/a.txt',
      found.map(({ name }) => name),
    );
  });
  await step('getFiles by prefix', async () => {
    const found = await call('getFiles', 'c', { prefix: 'folder/' });
    check(
      found.map(({ name }) => name).join() === 'folder/a.txt',
      found.map(({ name }) => name),
    );
  });
  await step('getFiles by pages', async () => {
    const found = await call('getFiles', 'c', { limit: 1, marker: 'b.txt' });
    check(
      found.map(({ name }) => name).join() === 'folder/a.txt',
      found.map(({ name }) => name),
    );
  });
  await step('updateFileMetadata', async () => {
    const file = await call('getFile', 'c', 'b.txt');
    file.metadata.mood = 'good';
    await call('updateFileMetadata', 'c', file);
    check((await call('getFile', 'c', 'b.txt')).metadata.mood === 'good', 'lost');
  });
  await step('copy', async () => {
    await call('copy', {
      sourceContainer: 'c',
      sourceFile: 'b.txt',
      destinationContainer: 'c',
      destinationFile: 'copy.txt',
    });
    check((await call('getFile', 'c', 'copy.txt')).size === content.length, 'size');
  });
  await step('setTemporaryUrlKey', () => call('setTemporaryUrlKey', 'secret'));
  await step('generateTempUrl', async () => {
    const url = await call('generateTempUrl', 'c', 'b.txt', 'GET', 600, 'secret');
    check((await (await fetch(url)).text()) === content, url);
  });
  if (onRackspace) await step('getCdnContainers', () => call('getCdnContainers'));
  await step('removeFile', async () => check(await call('removeFile', 'c', 'copy.txt'), 'not removed'));
  await step('bulkDelete', () => call('bulkDelete', 'c', ['folder/a.txt', 'b.txt']));
  await step('destroyContainer', async () => {
    await call('destroyContainer', 'c');
    check((await call('getContainers')).length === 0, 'some');
  });
  await step('removeFile of none', () => refused(404, call('removeFile', 'c', 'none')));
}

run().then(() => process.exit(0)); // its clients keep sockets open
