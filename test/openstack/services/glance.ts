import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkTokens, letReadersBe, type Place, writeConfiguration } from './place.ts';
import { answers, run } from './programs.ts';

/** Glance with the stores `fast` and `slow`. `downloadPort`: at which its own downloads reach this machine, and nothing else. */
export async function startGlance(
  { folder, programs, addresses }: Place,
  downloadPort?: number,
): Promise<void> {
  const home = join(folder, 'glance');
  const inside = (name: string): string => {
    mkdirSync(join(home, name), { recursive: true });
    return join(home, name);
  };
  const keep = (name: string) => ({ filesystem_store_datadir: inside(name) });
  const database = join(inside('.'), 'glance.db');
  const config = writeConfiguration(join(home, 'glance-api.conf'), {
    DEFAULT: {
      bind_host: '127.0.0.1',
      bind_port: new URL(addresses.image).port,
      workers: 0,
      log_file: join(home, 'glance.log'),
      enabled_backends: 'fast:file,slow:file',
      enabled_import_methods: '[glance-direct,web-download,copy-image]',
      public_endpoint: addresses.image,
      image_cache_dir: inside('cache'),
      enforce_secure_rbac: true,
    },
    database: { connection: `sqlite:///${database}` },
    glance_store: { default_backend: 'fast' },
    fast: keep('fast'),
    slow: keep('slow'),
    os_glance_staging_store: keep('staging'),
    os_glance_tasks_store: keep('tasks'),
    import_filtering_opts:
      downloadPort === undefined ? {} : { allowed_ports: `[${downloadPort}]`, allowed_hosts: '[127.0.0.1]' },
    oslo_concurrency: { lock_path: inside('lock') },
    oslo_policy: { enforce_new_defaults: true, enforce_scope: true },
    paste_deploy: { config_file: '/etc/glance/glance-api-paste.ini', flavor: 'keystone' },
    keystone_authtoken: checkTokens(addresses.identity, 'glance'),
  });
  await run('/usr/bin/glance-manage', ['--config-file', config, 'db_sync']);
  await run('/usr/bin/glance-manage', ['--config-file', config, 'db_load_metadefs', '/etc/glance/metadefs']);
  letReadersBe(database);
  await programs.start({
    command: '/usr/bin/glance-api',
    parameters: ['--config-file', config],
    log: join(home, 'out'),
    isReady: () => answers(`${addresses.image}/versions`),
  });
}
