import type { Store } from '../../../store/store.ts';

/** The one host of the emulated cloud, and the zone that it is in without an aggregate. */
export function describeHost(): { readonly name: string; readonly zone: string } {
  return { name: 'emulator', zone: 'nova' };
}

/** The zone of the host: of the aggregate that it is in, where that has one. */
export function findZone(store: Store, region: string): string {
  const { name, zone } = describeHost();
  const aggregate = store.get<{ zone: string }>(
    `SELECT metadata ->> 'availability_zone' AS zone FROM aggregates
     WHERE region = ? AND metadata ->> 'availability_zone' IS NOT NULL
       AND EXISTS (SELECT 1 FROM json_each(hosts) WHERE value = ?)`,
    region,
    name,
  );
  return aggregate?.zone ?? zone;
}

/** What Nova says where the scheduler finds none. */
export const noValidHost = 'No valid host was found. There are not enough hosts available.';
