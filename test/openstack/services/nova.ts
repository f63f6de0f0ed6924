import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Connections } from './mariadb.ts';
import { checkTokens, type Place, region, signIn, writeConfiguration } from './place.ts';
import { answers, run } from './programs.ts';

/** Nova's API, conductor, scheduler and one host; ready when the host takes servers. */
export async function startNova(
  place: Place,
  connections: Connections,
  hasRoom: () => Promise<boolean>,
): Promise<void> {
  const home = join(place.folder, 'nova');
  for (const name of ['state', 'lock', 'policy.d']) mkdirSync(join(home, name), { recursive: true });
  const config = writeConfiguration(join(home, 'nova.conf'), configuration(place, connections, home));
  const manage = (...parameters: string[]): Promise<void> =>
    run('/usr/bin/nova-manage', ['--config-file', config, ...parameters]);
  await manage('api_db', 'sync');
  await manage('cell_v2', 'map_cell0', '--database_connection', connections.nova_cell0);
  await manage('cell_v2', 'create_cell', '--name', 'cell1');
  await manage('db', 'sync');
  const start = (command: string, name: string, isReady: () => Promise<boolean>, script: string[] = []) =>
    place.programs.start({
      command,
      parameters: [...script, '--config-file', config, '--log-file', join(home, `${name}.log`)],
      log: join(home, `${name}.out`),
      isReady,
    });
  const atOnce = (): Promise<boolean> => Promise.resolve(true);
  await start('/usr/bin/nova-conductor', 'conductor', atOnce);
  await start('/usr/bin/nova-scheduler', 'scheduler', atOnce);
  const script = join(import.meta.dirname, 'novaCompute.py');
  await Promise.all([
    start('/usr/bin/nova-api', 'api', () => answers(place.addresses.compute)),
    start('/usr/bin/python3', 'compute', hasRoom, [script]),
  ]);
  await manage('cell_v2', 'discover_hosts');
}

function configuration({ addresses }: Place, connections: Connections, home: string) {
  const { identity } = addresses;
  return {
    DEFAULT: {
      my_ip: '127.0.0.1',
      host: 'host',
      state_path: join(home, 'state'),
      enabled_apis: 'osapi_compute',
      osapi_compute_listen: '127.0.0.1',
      osapi_compute_listen_port: new URL(addresses.compute).port,
      osapi_compute_workers: 1,
      transport_url: addresses.queue,
      compute_driver: 'imaging.Driver',
      vif_plugging_is_fatal: false,
      vif_plugging_timeout: 0,
      allow_resize_to_same_host: true,
      rpc_response_timeout: 30,
    },
    wsgi: { api_paste_config: '/usr/share/nova-common/api-paste.ini' },
    api: { auth_strategy: 'keystone' },
    api_database: { connection: connections.nova_api },
    database: { connection: connections.nova },
    conductor: { workers: 1 },
    scheduler: { workers: 1 },
    oslo_policy: { policy_dirs: join(home, 'policy.d') },
    oslo_concurrency: { lock_path: join(home, 'lock') },
    glance: { api_servers: addresses.image, region_name: region },
    keystone_authtoken: checkTokens(identity, 'nova'),
    placement: signIn(identity, 'placement'),
    neutron: signIn(identity, 'neutron'),
    vnc: { enabled: true, novncproxy_base_url: 'http://127.0.0.1:6080/vnc_auto.html' },
    spice: { enabled: false },
  };
}
