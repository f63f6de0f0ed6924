import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profiles } from '../../server/rules/profile/table.ts';
import { startLanguageServer } from '../tools/languageServer.ts';

/** The client tells who is signed in; then what the roles do not allow is marked, and only that. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-roles-'));
after(() => rmSync(root, { recursive: true }));

const id = 'c3b6b3e0-0000-4000-8000-000000000003';
const image = { id, name: 'live', status: 'active', tags: [] };
const { limits } = profiles.rackspace;

async function codesAs(roles: readonly string[], name: string, text: string): Promise<unknown[]> {
  const server = await startLanguageServer({
    root,
    requests: { 'cloudImages/liveImage': () => ({ image }), 'cloudImages/list': () => ({ none: true }) },
  });
  try {
    await server.connection.sendNotification('cloudImages/limits', {
      profile: 'rackspace',
      limits,
      caller: { account: '100001', roles },
    });
    const document = server.open(join(root, name), text);
    const found = await document.diagnostics();
    return found.filter(({ severity }) => severity === 1).map(({ code }) => code);
  } finally {
    await server.close();
  }
}

const unchanged = `id: ${id}\nname: live\n`;
const renamed = `id: ${id}\nname: other\n`;
const tagged = `id: ${id}\nname: live\ntags: [web]\n`;
const shared = `id: ${id}\nname: live\nmembers: ["100002"]\n`;
const importTask = 'type: import\ninput:\n  import_from: exports/x.vhd\n  image_properties: { name: x }\n';

for (const [roles, name, text, expected] of [
  [['observer'], 'a.image.yaml', unchanged, []],
  [['observer'], 'a.image.yaml', renamed, ['role/images']],
  [['observer'], 'a.image.yaml', tagged, []],
  [['observer'], 'a.image.yaml', tagged.replace('web', 'web, ""'), ['tag/empty', 'role/images']],
  [
    ['cloudImages:creator'],
    'a.image.yaml',
    `id: ${id}\nmembers: [{ member_id: "100002", status: accepted }]\n`,
    ['role/images', 'share/status'],
  ],
  [['compute:default'], 'a.image.yaml', tagged, ['role/images']],
  [['admin'], 'a.image.yaml', renamed, []],
  [['cloudImages:creator'], 'a.image.yaml', shared, []],
  [['cloudImages:observer'], 'a.image.yaml', shared, ['role/images']],
  [['cloudImages:creator'], 'a.image-import.yaml', importTask, ['role/images']],
  [['cloudImages:admin'], 'a.image-import.yaml', importTask, []],
  [[], 'a.image.yaml', renamed, ['role/images']],
] as const)
  test(`${roles.join() || 'no roles'}: ${text.split('\n').slice(1).join(' ')}`, async () => {
    assert.deepEqual(await codesAs(roles, name, text), expected);
  });
