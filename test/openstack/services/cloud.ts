/** Debian's OpenStack on loopback, in a folder of its own: Keystone and Glance, and where asked, Swift, or Swift and Nova with what it needs. */
import { ensureDebian } from '../../tools/debian.ts';
import { Administrator } from './administrator.ts';
import { startGlance } from './glance.ts';
import { startKeystone } from './keystone.ts';
import { startMariaDb } from './mariadb.ts';
import { startNeutron } from './neutron.ts';
import { startNova } from './nova.ts';
import { makeCatalogue, makeFlavors, makeNetwork, makePeople } from './people.ts';
import { type Addresses, type Place, password } from './place.ts';
import { startPlacement } from './placement.ts';
import { freePort, Programs } from './programs.ts';
import { startRabbitMq } from './rabbitmq.ts';
import { startSwift } from './swift.ts';

/** Each holds what the one before has. */
type Which = 'images' | 'objects' | 'servers';

export interface Services {
  readonly addresses: Addresses;
  readonly administrator: Administrator;
  close(): Promise<void>;
}

const objectServices = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object'];
const computeServices = ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-compute', 'placement-api'];

/** Installs what is missing and starts the services. `downloadPort`: Glance may fetch from this machine at this port. */
export async function startServices(folder: string, which: Which, downloadPort?: number): Promise<Services> {
  install(which);
  const programs = new Programs(folder);
  const place: Place = { folder, programs, addresses: await chooseAddresses() };
  const { addresses } = place;
  try {
    const keystone = await startKeystone(place);
    const administrator = await Administrator.signIn(addresses, password);
    await makePeople(administrator, keystone);
    await makeCatalogue(administrator, catalogues[which]);
    await Promise.all([
      startGlance(place, downloadPort),
      which !== 'images' && startSwift(place),
      which === 'servers' && startServers(place, administrator),
    ]);
    return { addresses, administrator, close: () => programs.close() };
  } catch (error) {
    await programs.close();
    throw error;
  }
}

async function startServers(place: Place, administrator: Administrator): Promise<void> {
  const [connections] = await Promise.all([startMariaDb(place), startRabbitMq(place)]);
  await Promise.all([
    startPlacement(place, connections.placement),
    startNeutron(place, connections.neutron).then(() => makeNetwork(administrator)),
    startNova(place, connections, () => administrator.hasRoom()),
  ]);
  await makeFlavors(administrator);
}

const catalogues = { images: ['image'], objects: ['image', 'object-store'], servers: undefined } as const;

function install(which: Which): void {
  ensureDebian(['keystone', 'python3-keystone'], 'keystone-manage');
  ensureDebian(['glance-api', 'glance-common'], 'glance-api');
  if (which === 'images') return;
  for (const command of objectServices) ensureDebian(objectServices, `${command}-server`);
  if (which === 'objects') return;
  ensureDebian(['mariadb-server'], 'mariadbd');
  ensureDebian(['rabbitmq-server'], 'rabbitmq-server');
  ensureDebian(['neutron-server'], 'neutron-server');
  for (const command of computeServices) ensureDebian(computeServices, command);
  ensureDebian(['qemu-utils'], 'qemu-img');
}

async function chooseAddresses(): Promise<Addresses> {
  const address = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;
  return {
    identity: `${await address()}/v3`,
    image: await address(),
    compute: await address(),
    placement: await address(),
    network: await address(),
    'object-store': await address(),
    queue: `rabbit://guest:guest@127.0.0.1:${await freePort()}/`,
  };
}
