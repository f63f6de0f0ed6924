import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cloudIn } from '../../server/cloud/cloud.ts';
import { openMadeJournal, readLeft, removeMade } from '../../server/cloud/run/disposable.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import type { CloudRequest, Session } from '../../server/cloud/session/session.ts';

const home = mkdtempSync(join(tmpdir(), 'cloud-images-disposable-'));
process.env['HOME'] = home;
process.env['USERPROFILE'] = home;
after(() => rmSync(home, { recursive: true }));
const path = join(home, 'journal.json');

interface Kept {
  readonly entries: readonly Record<string, string>[];
}

const kept = (): Kept['entries'] => (JSON.parse(readFileSync(path, 'utf8')) as Kept).entries;

/** A cloud that answers by `answer`, in which each request is seen. */
function open(answer: (method: string, url: string, request: CloudRequest) => Response) {
  const asked: string[] = [];
  const session: Session = {
    user: { id: 'u', name: 'u' },
    account: { id: 'a', name: 'a' },
    roles: [],
    recognized: { profile: 'openstack', because: 'it is a test' },
    isEmulator: false,
    regions: ['R'],
    endpoint: (service) => `http://cloud/${service}`,
    offers: () => true,
    send: async (url, request = {}, expected = []) => {
      const { method = 'GET' } = request;
      asked.push(`${method} ${url.replace('http://cloud', '')}`);
      const answered = answer(method, url, request);
      if (answered.status >= 400 && !expected.includes(answered.status))
        throw new CloudError({ method, url }, { status: answered.status, text: 'no' });
      return answered;
    },
    json: async () => null,
    underWay: () => [],
  };
  const journal = openMadeJournal(path, 'R', 'a');
  return { asked, plain: cloudIn(session, 'R'), cloud: journal.keep(cloudIn(session, 'R')) };
}

const waiting = { interval: 1, changed: () => undefined };

test('what a request will make is on the disk when the request leaves', async () => {
  const seen: Kept['entries'][] = [];
  const { cloud } = open((method, url) => {
    if (method === 'GET' || method === 'HEAD') return new Response(null, { status: 204 });
    seen.push(kept());
    if (url.endsWith('/servers')) return Response.json({ server: { id: 's1' } });
    return Response.json({}, { status: 201, headers: { location: 'http://cloud/images/i2' } });
  });
  await openImageData(cloud.session, 'R').create({ id: 'i1', name: 'x' });
  assert.deepEqual(seen.pop()?.at(-1), { type: 'image', id: 'i1' });
  await cloud.objects.putContainer('c d');
  assert.deepEqual(seen.pop()?.at(-1), { type: 'container', container: 'c d' });
  await cloud.servers.create({ server: { name: 'w' } });
  assert.equal(seen.pop()?.at(-1)?.['request'], 'POST /compute/servers');
  assert.deepEqual(kept().at(-1), { type: 'server', id: 's1' });
  await cloud.servers.createImage('s1', { name: 'y' });
  assert.deepEqual(kept().at(-1), { type: 'image', id: 'i2' });
});

test('what was refused, or was there before, is not ours; what was not answered may be', async () => {
  rmSync(path);
  const { cloud } = open((method, url) => {
    if (method === 'PUT') return new Response(null, { status: 202 });
    if (url.endsWith('/images')) throw new CloudError({ method, url }, { status: 0, text: 'gone' });
    if (url.endsWith('/tasks')) return new Response(null, { status: 504 });
    return new Response(null, { status: 403 });
  });
  await cloud.objects.putContainer('there');
  await assert.rejects(cloud.servers.create({ server: {} }));
  assert.deepEqual(kept(), []);
  await assert.rejects(openImageData(cloud.session, 'R').create({ id: 'i1' }));
  assert.deepEqual(kept(), [{ type: 'image', id: 'i1' }]);
  await assert.rejects(cloud.tasks.create('export', {}));
  assert.deepEqual(kept().at(-1)?.['request'], 'POST /image/v2/tasks', 'a gateway does not know either');
  rmSync(path);
});

test('what is kept is deleted by its name, the last first, and nothing is listed', async () => {
  const { asked, plain, cloud } = open((method, url) => {
    if (method === 'DELETE' && url.endsWith('/full')) return new Response(null, { status: 409 });
    if (method === 'GET' && url.includes('/images/')) return new Response(null, { status: 404 });
    return new Response(null, { status: method === 'PUT' ? 201 : 204 });
  });
  await cloud.objects.putContainer('full');
  await cloud.objects.putContainer('empty');
  asked.length = 0;
  const left = await removeMade(path, plain, waiting);
  assert.deepEqual(asked, ['DELETE /object-store/empty', 'DELETE /object-store/full']);
  assert.deepEqual(left, ['The container full holds what the rehearsal did not put there.']);
  assert.deepEqual(kept(), [{ type: 'container', container: 'full' }], 'it is tried again by the next run');
  assert.equal(readLeft(path)?.entries.length, 1);
});

test('what the cloud refuses to delete is named and kept, and keeps the rest from nothing', async () => {
  rmSync(path);
  const { asked, plain, cloud } = open((method, url) => {
    if (method === 'DELETE' && url.endsWith('/held')) return new Response(null, { status: 403 });
    if (method === 'GET') return Response.json({ protected: false });
    return Response.json({});
  });
  for (const id of ['first', 'held', 'last']) await openImageData(cloud.session, 'R').create({ id });
  asked.length = 0;
  assert.deepEqual(await removeMade(path, plain, waiting), ['The image held cannot be deleted: 403 no']);
  assert.deepEqual(
    asked.filter((one) => one.startsWith('DELETE')),
    ['last', 'held', 'first'].map((id) => `DELETE /image/v2/images/${id}`),
  );
  assert.deepEqual(kept(), [{ type: 'image', id: 'held' }]);
});
