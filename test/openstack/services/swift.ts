import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkTokens, type Ini, type Place, writeConfiguration } from './place.ts';
import { answers, freePort, run } from './programs.ts';

/** Swift with one device and one copy of everything. It needs a file system with extended attributes. */
export async function startSwift({ folder, programs, addresses }: Place): Promise<void> {
  const home = join(folder, 'swift');
  const devices = join(home, 'devices');
  mkdirSync(join(devices, 'd1'), { recursive: true });
  writeConfiguration(join(home, 'swift.conf'), {
    'swift-hash': { swift_hash_path_prefix: 'prefix', swift_hash_path_suffix: 'suffix' },
    'storage-policy:0': { name: 'Policy-0', default: 'yes' },
  });
  const launch = (name: string, port: number | string, sections: Ini): Promise<void> => {
    const config = writeConfiguration(join(home, `${name}.conf`), {
      DEFAULT: {
        ...{ bind_ip: '127.0.0.1', bind_port: port, workers: 0, swift_dir: home, devices },
        ...{ mount_check: false, disable_fallocate: true, log_level: 'WARNING', log_address: '/dev/null' },
      },
      ...sections,
    });
    return programs.start({
      command: `/usr/bin/swift-${name}-server`,
      parameters: [config],
      environment: { SWIFT_CONF: join(home, 'swift.conf') },
      log: join(home, 'out'),
      isReady: () => answers(`http://127.0.0.1:${port}/healthcheck`),
    });
  };
  const storage = ['account', 'container', 'object'].map(async (name) => {
    const port = await freePort();
    await buildRing(join(home, `${name}.builder`), port);
    await launch(name, port, {
      'pipeline:main': { pipeline: `healthcheck ${name}-server` },
      [`app:${name}-server`]: { use: `egg:swift#${name}` },
      'filter:healthcheck': { use: 'egg:swift#healthcheck' },
      ...(name === 'container' ? { 'container-updater': { interval: 5 } } : {}),
    });
  });
  await Promise.all(storage);
  // It tells the list of containers what is in them; without it, they look empty for ever.
  await programs.start({
    command: '/usr/bin/swift-container-updater',
    parameters: [join(home, 'container.conf')],
    environment: { SWIFT_CONF: join(home, 'swift.conf') },
    log: join(home, 'out'),
    isReady: async () => true,
  });
  await launch('proxy', new URL(addresses['object-store']).port, {
    'pipeline:main': {
      pipeline: `${before.join(' ')} authtoken keystoneauth ${after.join(' ')} proxy-server`,
    },
    'app:proxy-server': {
      use: 'egg:swift#proxy',
      account_autocreate: true,
      allow_account_management: true,
    },
    'filter:authtoken': {
      ...checkTokens(addresses.identity, 'swift'),
      'paste.filter_factory': 'keystonemiddleware.auth_token:filter_factory',
      delay_auth_decision: true,
    },
    'filter:keystoneauth': {
      use: 'egg:swift#keystoneauth',
      operator_roles: 'admin, member',
      reseller_admin_role: 'admin',
    },
    ...Object.fromEntries(
      [...before, ...after].map((name) => [
        `filter:${name}`,
        { use: `egg:swift#${name.replaceAll('-', '_')}` },
      ]),
    ),
    'filter:versioned_writes': {
      use: 'egg:swift#versioned_writes',
      allow_versioned_writes: true,
      allow_object_versioning: true,
    },
    'filter:container-quotas': { use: 'egg:swift#container_quotas' },
    'filter:account-quotas': { use: 'egg:swift#account_quotas' },
  });
}

/** What the proxy passes a request through before and after it knows who asks, in Debian's order. */
const before = [
  ...['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'crossdomain', 'bulk', 'tempurl'],
  'formpost',
];
const after = [
  'staticweb',
  'copy',
  'container-quotas',
  'account-quotas',
  'slo',
  'dlo',
  'versioned_writes',
  'symlink',
];

/** Says that everything is on the one device. */
async function buildRing(builder: string, port: number): Promise<void> {
  const ring = (...parameters: string[]): Promise<void> =>
    run('/usr/bin/swift-ring-builder', [builder, ...parameters]);
  await ring('create', '4', '1', '1');
  const device = { region: 1, zone: 1, ip: '127.0.0.1', port, device: 'd1', weight: 1 };
  await ring('add', ...Object.entries(device).flatMap(([name, value]) => [`--${name}`, String(value)]));
  await ring('rebalance');
}
