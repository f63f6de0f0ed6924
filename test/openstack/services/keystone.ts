import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { letReadersBe, type Place, password, region, writeConfiguration } from './place.ts';
import { answers, run, userName } from './programs.ts';

/** Answers where its database is. */
export async function startKeystone({ folder, programs, addresses }: Place): Promise<string> {
  const home = join(folder, 'keystone');
  const database = join(home, 'keystone.db');
  mkdirSync(home, { recursive: true });
  const config = writeConfiguration(join(home, 'keystone.conf'), {
    DEFAULT: { log_file: join(home, 'keystone.log') },
    database: { connection: `sqlite:///${database}` },
    token: { provider: 'fernet' },
    fernet_tokens: { key_repository: join(home, 'fernet') },
    credential: { key_repository: join(home, 'credential') },
  });
  const manage = (...parameters: string[]): Promise<void> =>
    run('/usr/bin/keystone-manage', ['--config-file', config, ...parameters]);
  await manage('db_sync');
  letReadersBe(database);
  for (const keys of ['fernet_setup', 'credential_setup'])
    await manage(keys, '--keystone-user', userName(), '--keystone-group', userName());
  const urls = ['public', 'internal', 'admin'].flatMap((kind) => [
    `--bootstrap-${kind}-url`,
    addresses.identity,
  ]);
  await manage('bootstrap', '--bootstrap-password', password, '--bootstrap-region-id', region, ...urls);
  await programs.start({
    command: '/usr/bin/keystone-wsgi-public',
    parameters: ['--host', '127.0.0.1', '--port', new URL(addresses.identity).port],
    environment: { OS_KEYSTONE_CONFIG_FILES: config },
    log: join(home, 'out'),
    isReady: () => answers(addresses.identity),
  });
  return database;
}
