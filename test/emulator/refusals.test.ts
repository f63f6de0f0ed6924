import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { serviceRefusals } from '../../server/rules/serviceRefusals.ts';
import { ask, logIn, withEmulator } from './harness.ts';

const paths = [
  '',
  '/',
  '/nothing',
  '/info/x',
  '/dfw/unknown/v1',
  '/dfw/image/v2/images',
  '/dfw/image/v2/images/none',
  '/dfw/image/v2/images?limit=-1',
  '/dfw/image/v2/images?sort_key=x',
  '/dfw/image/v2/images/none/file',
  '/dfw/image/v2/images/none/members/x',
  '/dfw/image/v2/images/none/tags/%2f',
  '/dfw/image/v2/tasks',
  '/dfw/image/v2/tasks/none?x',
  '/dfw/image/v9/x',
  '/dfw/object-store/v1/100001',
  '/dfw/object-store/v1/100002/c/o',
  '/dfw/object-store/v1/100001/none/none?multipart-manifest=put',
  '/dfw/object-store/v1/100001/none?limit=99999',
  '/dfw/object-store/v1/100001/%ff/x',
  '/identity/v2.0/tokens',
  '/identity/v2.0/users/none',
  '/identity/v3/auth/tokens',
  '/identity/v3/projects/none',
  '/emulator/clock',
  '/emulator/faults',
  '/emulator/users/none',
  '/emulator/snapshots/none/restore',
  '/emulator/jobs/none',
];
const bodies = [undefined, '', '{', '[]', '{"auth":{}}', '"\\ud800"', Buffer.from([0xff])];

test('whatever is wrong with a request, its refusal says by an id what', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, token }) => {
    const { token: owner } = await logIn(url, 'owner');
    const proofs: Record<string, string>[] = [
      {},
      { 'x-auth-token': 'none' },
      { 'x-auth-token': owner },
      { authorization: `Bearer ${token}` },
    ];
    let refusals = 0;
    for (const path of paths)
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'COPY', 'HEAD'])
        for (const [at, proof] of proofs.entries()) {
          const body = method === 'GET' || method === 'HEAD' ? undefined : bodies[refusals % bodies.length];
          const sent = typeof body === 'string' ? Buffer.from(body) : body;
          // The harness refuses an answer whose id nothing explains.
          const { status } = await ask(url, method, path, sent, proof);
          assert.ok(status < 500 || status === 501, `${method} ${path} as ${at}: ${status}`);
          if (status >= 400) refusals += 1;
        }
    assert.ok(refusals > 500, `${refusals} refusals`);
  });
});

test('every id of the table is one that the emulator answers with', () => {
  const folder = join(import.meta.dirname, '..', '..', 'server', 'emulator');
  const source = globSync('**/*.ts', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('');
  assert.deepEqual(
    Object.keys(serviceRefusals).filter((id) => !source.includes(`'${id}'`)),
    [],
  );
});
