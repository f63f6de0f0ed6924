import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkTokens, type Place, writeConfiguration } from './place.ts';
import { answers, run } from './programs.ts';

/** Neutron's API without agents; ports are bound by bindPorts.py. */
export async function startNeutron(
  { folder, programs, addresses }: Place,
  connection: string,
): Promise<void> {
  const home = join(folder, 'neutron');
  for (const name of ['state', 'lock', 'policy.d']) mkdirSync(join(home, name), { recursive: true });
  const config = writeConfiguration(join(home, 'neutron.conf'), {
    DEFAULT: {
      bind_host: '127.0.0.1',
      bind_port: new URL(addresses.network).port,
      log_file: join(home, 'neutron.log'),
      state_path: join(home, 'state'),
      api_paste_config: '/usr/share/neutron-common/api-paste.ini',
      core_plugin: 'ml2',
      service_plugins: '',
      api_workers: 1,
      rpc_workers: 1,
      rpc_state_report_workers: 0,
      transport_url: addresses.queue,
      notify_nova_on_port_status_changes: false,
      notify_nova_on_port_data_changes: false,
      dhcp_agent_notification: false,
    },
    database: { connection },
    oslo_concurrency: { lock_path: join(home, 'lock') },
    oslo_policy: { policy_dirs: join(home, 'policy.d') },
    keystone_authtoken: checkTokens(addresses.identity, 'neutron'),
    ml2: {
      type_drivers: 'local',
      tenant_network_types: 'local',
      mechanism_drivers: 'bind_ports',
      extension_drivers: 'port_security',
    },
  });
  const environment = { PYTHONPATH: installDriver(home) };
  await run('/usr/bin/neutron-db-manage', ['--config-file', config, 'upgrade', 'heads'], environment);
  await programs.start({
    command: '/usr/bin/neutron-server',
    parameters: ['--config-file', config],
    environment,
    log: join(home, 'out'),
    isReady: () => answers(addresses.network),
  });
}

/** Puts our driver where Python finds it by its entry point. */
function installDriver(home: string): string {
  const packages = join(home, 'packages');
  const information = join(packages, 'bind_ports-1.dist-info');
  mkdirSync(information, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'bindPorts.py'), join(packages, 'bind_ports.py'));
  writeFileSync(join(information, 'METADATA'), 'Metadata-Version: 2.1\nName: bind-ports\nVersion: 1\n');
  writeFileSync(
    join(information, 'entry_points.txt'),
    '[neutron.ml2.mechanism_drivers]\nbind_ports = bind_ports:BindPorts\n',
  );
  return packages;
}
