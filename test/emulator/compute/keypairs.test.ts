import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
} from 'node:crypto';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { debianTools, ensureDebian } from '../../tools/debian.ts';
import { withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';

const ed25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@somewhere';
const path = '/os-keypairs';

test('a key pair that is made has a private key that fits', async () => {
  await withUsers(async ({ owner }) => {
    const { json } = await expectAnswer(owner, `POST ${path}`, [200], { body: { keypair: { name: 'k' } } });
    const made = json['keypair'] as JsonObject;
    assert.deepEqual(Object.keys(made).sort().join(' '), 'fingerprint name private_key public_key user_id');
    const [algorithm, encoded = '', comment] = String(made['public_key']).split(' ');
    assert.deepEqual([algorithm, comment], ['ssh-rsa', 'Generated-by-Nova']);
    const digest = createHash('md5').update(Buffer.from(encoded, 'base64')).digest('hex');
    assert.equal(made['fingerprint'], digest.match(/../g)?.join(':'));
    const { n = '' } = createPublicKey(createPrivateKey(String(made['private_key']))).export({
      format: 'jwk',
    });
    assert.ok(Buffer.from(encoded, 'base64').includes(Buffer.from(n, 'base64url')), 'the same modulus');

    await expectAnswer(owner, `POST ${path}`, [409, "Key pair 'k' already exists."], {
      body: { keypair: { name: 'k' } },
    });
    const shown = await expectAnswer(owner, `GET ${path}/k`, [
      200,
      { keypair: { name: 'k', deleted: false, deleted_at: null, updated_at: null } },
    ]);
    const keypair = shown.json['keypair'] as JsonObject;
    assert.match(String(keypair['created_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000$/);
    assert.equal(keypair['private_key'], undefined);
    await expectAnswer(owner, `DELETE ${path}/k`, [202]);
    const { user_id: user } = made;
    await expectAnswer(owner, `GET ${path}/k`, [404, `Keypair k not found for user ${String(user)}`]);
  });
});

test('public keys are imported, and what is none is refused', async () => {
  await withUsers(async ({ owner }) => {
    const give = (name: string, key: string, version = 2, more: JsonObject = {}) => ({
      body: { keypair: { name, public_key: key, ...more } },
      version,
    });
    const { json } = await expectAnswer(owner, `POST ${path}`, [201], give('ed', ed25519));
    assert.deepEqual(
      Object.keys(json['keypair'] as JsonObject)
        .sort()
        .join(' '),
      'fingerprint name public_key type user_id',
    );
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const refused: [string, string, JsonObject?][] = [
      ['', 'Keypair data is invalid: failed to generate fingerprint'],
      ['ssh-rsa AAAA', 'Keypair data is invalid: failed to generate fingerprint'],
      [ed25519.replace('ssh-ed25519', 'ssh-rsa'), 'Keypair data is invalid: failed to generate fingerprint'],
      [ed25519.slice(0, 60), 'Keypair data is invalid: failed to generate fingerprint'],
      [
        rsa.export({ format: 'pem', type: 'spki' }).toString(),
        'Keypair data is invalid: failed to generate fingerprint',
      ],
      ['nonsense', 'Keypair data is invalid: failed to generate X509 fingerprint', { type: 'x509' }],
    ];
    for (const [key, text, more] of refused)
      await expectAnswer(owner, `POST ${path}`, [400, text], give('bad', key, 2, more));
    await expectAnswer(
      owner,
      `POST ${path}`,
      [400, /The name must be: Only expected characters/],
      give('a.b', ed25519),
    );
    await expectAnswer(owner, `POST ${path}`, [201], give('a.b@c', ed25519, 92));
    await expectAnswer(
      owner,
      `POST ${path}`,
      [400, /Value: ssl. 'ssl' is not one of/],
      give('t', ed25519, 2, { type: 'ssl' }),
    );
    await expectAnswer(owner, `POST ${path}`, [400, /'public_key' is a required property/], {
      body: { keypair: { name: 'x' } },
      version: 92,
    });
    await expectAnswer(owner, `DELETE ${path}/ed`, [204], { version: 2 });
  });
});

test('ssh-keygen reads a generated key pair as we show it', async () => {
  ensureDebian(debianTools['ssh-keygen'] ?? [], 'ssh-keygen');
  await withUsers(async ({ owner }) => {
    const { json } = await expectAnswer(owner, `POST ${path}`, [200], { body: { keypair: { name: 'k' } } });
    const { public_key: key, fingerprint } = json['keypair'] as JsonObject;
    const told = execFileSync('ssh-keygen', ['-l', '-E', 'md5', '-f', '-'], { input: String(key) });
    assert.match(told.toString(), new RegExp(`2048 MD5:${String(fingerprint)}`));
  });
});

test('key pairs belong to users, are listed in pages, and are limited', async () => {
  await withUsers(async ({ owner, partner, admin }) => {
    for (const name of ['c', 'a', 'b'])
      await expectAnswer(owner, `POST ${path}`, [200], { body: { keypair: { name, public_key: ed25519 } } });
    const names = (json: JsonObject) =>
      (json['keypairs'] as JsonObject[]).map(({ keypair }) => (keypair as JsonObject)['name']);
    const all = await expectAnswer(owner, `GET ${path}?limit=1`, [200]);
    assert.deepEqual(names(all.json), ['a', 'b', 'c'], 'without pages until 2.34');
    assert.deepEqual(Object.keys(all.json), ['keypairs']);
    const page = await expectAnswer(owner, `GET ${path}?limit=2`, [200], { version: 35 });
    assert.deepEqual(names(page.json), ['a', 'b']);
    assert.match(JSON.stringify(page.json['keypairs_links']), /os-keypairs\?limit=2&marker=b"/);
    const rest = await expectAnswer(owner, `GET ${path}?limit=2&marker=b`, [200], { version: 35 });
    assert.deepEqual(names(rest.json), ['c']);
    await expectAnswer(owner, `GET ${path}?marker=x`, [400, 'Marker x could not be found.'], { version: 35 });
    assert.deepEqual(names((await expectAnswer(partner, `GET ${path}`, [200])).json), []);

    const shown = await expectAnswer(owner, `GET ${path}/a`, [200], { version: 10 });
    const user = String((shown.json['keypair'] as JsonObject)['user_id']);
    await expectAnswer(partner, `GET ${path}/a?user_id=${user}`, [403], { version: 10 });
    await expectAnswer(admin, `GET ${path}/a?user_id=${user}`, [200], { version: 10 });
    await expectAnswer(admin, `GET ${path}/a?user_id=${user}`, [404]);
    const body = { keypair: { name: 'theirs', public_key: ed25519, user_id: user } };
    await expectAnswer(partner, `POST ${path}`, [403], { body, version: 10 });
    await expectAnswer(admin, `POST ${path}`, [201], { body, version: 10 });
    await expectAnswer(admin, 'PUT /os-quota-sets/100001', [200], {
      body: { quota_set: { key_pairs: 4, force: true } },
    });
    await expectAnswer(owner, `POST ${path}`, [403, 'Quota exceeded, too many key pairs.'], {
      body: { keypair: { name: 'd', public_key: ed25519 } },
    });
  });
});

test('a certificate that is made is the user’s, and comes with its key', async () => {
  await withUsers(async ({ owner }) => {
    const body = { keypair: { name: 'windows', type: 'x509' } };
    const { json } = await expectAnswer(owner, `POST ${path}`, [201, { keypair: { type: 'x509' } }], {
      body,
      version: 2,
    });
    const made = json['keypair'] as JsonObject;
    const certificate = new X509Certificate(String(made['public_key']));
    assert.equal(certificate.subject, `CN=${String(made['user_id'])}`);
    assert.equal(certificate.fingerprint.toLowerCase(), made['fingerprint']);
    assert.ok(certificate.verify(certificate.publicKey), 'signed by itself');
    assert.match(certificate.subjectAltName ?? '', /othername/);
    const packed = Buffer.from(String(made['private_key']), 'base64');
    try {
      const args = ['pkcs12', '-nodes', '-nomacver', '-passin', 'pass:'];
      const told = execFileSync('openssl', args, { input: packed, stdio: ['pipe', 'pipe', 'ignore'] });
      assert.ok(certificate.checkPrivateKey(createPrivateKey(told.toString())));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  });
});
