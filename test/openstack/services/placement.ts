import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkTokens, type Place, writeConfiguration } from './place.ts';
import { answers, run } from './programs.ts';

export async function startPlacement(
  { folder, programs, addresses }: Place,
  connection: string,
): Promise<void> {
  const home = join(folder, 'placement');
  mkdirSync(join(home, 'policy.d'), { recursive: true });
  const config = writeConfiguration(join(home, 'placement.conf'), {
    DEFAULT: { log_file: join(home, 'placement.log') },
    api: { auth_strategy: 'keystone' },
    placement_database: { connection },
    oslo_policy: { policy_dirs: join(home, 'policy.d') },
    keystone_authtoken: checkTokens(addresses.identity, 'placement'),
  });
  await run('/usr/bin/placement-manage', ['--config-file', config, 'db', 'sync']);
  await programs.start({
    command: '/usr/bin/placement-api',
    parameters: ['--host', '127.0.0.1', '--port', new URL(addresses.placement).port],
    environment: { OS_PLACEMENT_CONFIG_DIR: home },
    log: join(home, 'out'),
    isReady: () => answers(addresses.placement),
  });
}
