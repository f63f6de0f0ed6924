import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './place.ts';
import { run, userName } from './programs.ts';

const databases = ['nova', 'nova_api', 'nova_cell0', 'placement', 'neutron'] as const;
export type Connections = Readonly<Record<(typeof databases)[number], string>>;

/** MariaDB on a socket, with an empty database for each service. */
export async function startMariaDb({ folder, programs }: Place): Promise<Connections> {
  const home = join(folder, 'mariadb');
  const [data, socket] = [join(home, 'data'), join(home, 'socket')];
  mkdirSync(home, { recursive: true });
  const user = `--user=${userName()}`;
  await run('/usr/bin/mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    user,
  ]);
  const client = ['--no-defaults', '-u', 'root', '-S', socket];
  await programs.start({
    command: '/usr/sbin/mariadbd',
    parameters: [
      '--no-defaults',
      user,
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--pid-file=${join(home, 'pid')}`,
      '--skip-networking',
      '--character-set-server=utf8mb3',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-connections=400',
    ],
    log: join(home, 'out'),
    isReady: () =>
      run('/usr/bin/mariadb-admin', [...client, 'ping']).then(
        () => true,
        () => false, // not yet
      ),
  });
  const statements = databases.map((name) => `create database ${name}`);
  await run('/usr/bin/mariadb', [...client, '-e', statements.join('; ')]);
  const connections = databases.map((name) => [
    name,
    `mysql+pymysql://root@localhost/${name}?unix_socket=${socket}&charset=utf8`,
  ]);
  return Object.fromEntries(connections);
}
