import { globSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Place } from './place.ts';
import { freePort } from './programs.ts';

/** RabbitMQ with a port mapper of its own: the machine's would outlive it. */
export async function startRabbitMq({ folder, programs, addresses }: Place): Promise<void> {
  const home = join(folder, 'rabbitmq');
  mkdirSync(home, { recursive: true });
  const port = Number(new URL(addresses.queue).port);
  const mapper = String(await freePort());
  const environment = { HOME: home, ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: mapper };
  await programs.start({
    command: '/usr/bin/epmd',
    parameters: ['-address', '127.0.0.1', '-port', mapper],
    environment,
    log: join(home, 'out'),
    isReady: () => listens(Number(mapper)),
  });
  const [server] = globSync('/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server');
  if (!server) throw new Error('Debian’s rabbitmq-server has no server below /usr/lib/rabbitmq/lib.');
  await programs.start({
    command: server,
    parameters: [],
    environment: {
      ...environment,
      RABBITMQ_NODENAME: 'cloud-images@localhost',
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(await freePort()),
      RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
      RABBITMQ_LOG_BASE: join(home, 'log'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_ENABLED_PLUGINS_FILE: '/dev/null',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_SERVER_START_ARGS: '+sbwt none +S 1:1', // idle schedulers do not spin
    },
    log: join(home, 'out'),
    isReady: () => listens(port),
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
