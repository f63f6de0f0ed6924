import type { JsonObject } from '../../../../rules/json.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, conflict, forbidden, itemNotFound, refuseOldMarker } from '../api/refuse.ts';
import { createSchema } from '../schemas/keypairs.ts';
import { querySchema } from '../schemas/quotas.ts';
import { fingerprint, generateCertificate, generateKeys } from './format.ts';
import type { KeypairRow } from './records.ts';

interface Wanted {
  readonly name: string;
  readonly type?: 'ssh' | 'x509';
  readonly public_key?: string;
  readonly user_id?: string;
}

/** `/os-keypairs` (SOURCES: nova §10). */
export function keypairRoutes(on: OnCompute, context: EmulatorContext): void {
  const { keypairs, store } = context;

  on('GET', '/os-keypairs', (asked) => {
    const user = readUser(asked, 'index');
    const { query, version } = asked;
    const isPaged = version >= 35;
    const marker = isPaged ? query.get('marker') : null;
    if (marker !== null && !keypairs.has(user, marker)) throw refuseOldMarker(marker);
    const page = keypairs.list(user, marker ?? '', isPaged ? readLimit(query) : -1);
    const links = isPaged
      ? nextLink(
          asked,
          'os-keypairs',
          page.map(({ name }) => ({ id: name })),
        )
      : {};
    const shown = page.map((row) => ({ keypair: viewBasic(row, version) }));
    return { status: 200, body: { keypairs: shown, ...links } };
  });
  on('POST', '/os-keypairs', async (asked) => {
    const { version } = asked;
    const body = await asked.read(createSchema(version, asked.isLegacy));
    const wanted = body['keypair'] as unknown as Wanted; // the schema says so
    const user = wanted.user_id ?? asked.user.id;
    requireUser(asked, user, 'create');
    requireRoom(context, asked, user);
    const { privateKey, ...made } = await make(wanted, user, context.clock.now());
    const row = await store.write(() => {
      requireRoom(context, asked, user);
      if (keypairs.has(user, made.name)) throw conflict(`Key pair '${made.name}' already exists.`);
      return keypairs.create({ ...made, user });
    });
    const keypair = {
      ...(privateKey === undefined ? {} : { private_key: privateKey }),
      ...viewBasic(row, version),
      user_id: user,
    };
    return { status: version >= 2 ? 201 : 200, body: { keypair } };
  });
  on('GET', '/os-keypairs/:id', (asked) => {
    const row = findKeypair(context, asked, readUser(asked, 'show'));
    return { status: 200, body: { keypair: viewKeypair(row, asked.version) } };
  });
  on('DELETE', '/os-keypairs/:id', async (asked) => {
    const user = readUser(asked, 'delete');
    await store.write(() => keypairs.remove(user, findKeypair(context, asked, user).name));
    return { status: asked.version >= 2 ? 204 : 202 };
  });
}

/** Whose key pairs are meant: one's own; from 2.10 administrators may name another user. Throws 400 and 403. */
function readUser(asked: ComputeRequest, verb: string): string {
  const { version, query } = asked;
  if (version < 10) return asked.user.id;
  asked.requireQuery(querySchema(version, ['user_id'], verb === 'index' && version >= 35));
  const user = query.get('user_id') ?? asked.user.id;
  requireUser(asked, user, verb);
  return user;
}

function requireUser(asked: ComputeRequest, user: string, verb: string): void {
  if (user !== asked.user.id) requireAdmin(asked, `os-keypairs:${verb}`);
}

function findKeypair({ keypairs }: EmulatorContext, asked: ComputeRequest, user: string): KeypairRow {
  const name = asked.param('id');
  const row = keypairs.find(user, name);
  if (!row) throw itemNotFound(`Keypair ${name} not found for user ${user}`);
  return row;
}

function requireRoom({ quotas }: EmulatorContext, { region, account }: ComputeRequest, user: string): void {
  if (!quotas.hasRoom({ region, account, user: { id: user } }, 'key_pairs'))
    throw forbidden('Quota exceeded, too many key pairs.');
}

async function make({ name: given, type = 'ssh', public_key: imported }: Wanted, user: string, now: number) {
  const name = given.trim();
  const keys =
    imported !== undefined
      ? { publicKey: imported, privateKey: undefined }
      : await (type === 'x509' ? generateCertificate(user, now) : generateKeys());
  const print = fingerprint(keys.publicKey, type);
  if (print === undefined)
    throw badRequest(
      `Keypair data is invalid: failed to generate ${type === 'x509' ? 'X509 ' : ''}fingerprint`,
    );
  return { name, type, public_key: keys.publicKey, fingerprint: print, privateKey: keys.privateKey };
}

function viewBasic({ name, public_key: publicKey, fingerprint: print, type }: KeypairRow, version: number) {
  return { name, public_key: publicKey, fingerprint: print, ...(version >= 2 ? { type } : {}) };
}

function viewKeypair(row: KeypairRow, version: number): JsonObject {
  return {
    ...viewBasic(row, version),
    user_id: row.user,
    created_at: formatMicroseconds(Math.floor(row.created / 1000) * 1000),
    deleted: false,
    deleted_at: null,
    id: row.key,
    updated_at: null,
  };
}
