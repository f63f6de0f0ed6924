import type { Json } from '../../../../rules/json.ts';
import { findObject } from '../../../kernel/body.ts';
import type { EmulatorContext } from '../../context.ts';
import type { AwaitedVolume } from '../servers/devices.ts';
import type { ServerRow } from '../servers/rows.ts';
import { attachVolume } from '../servers/volumes.ts';

/** The volumes that a job of a build has kept. */
export function readAwaited(value: Json | undefined): AwaitedVolume[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    const { id, device, deleteOnTermination } = findObject(item);
    return {
      id: String(id),
      device: typeof device === 'string' ? device : null,
      deleteOnTermination: deleteOnTermination === true,
    };
  });
}

/** Simulated milliseconds between two looks at a volume that is being made. */
const pause = 1000;

const inTheMaking = new Set(['creating', 'downloading']);

export async function waitForVolumes(
  { clock, volumes }: EmulatorContext,
  region: string,
  awaited: readonly AwaitedVolume[],
  signal: AbortSignal,
): Promise<void> {
  while (awaited.some(({ id }) => inTheMaking.has(volumes.find(region, id)?.status ?? '')))
    await clock.work(pause, signal);
}

/** Inside `store.write`: gives a server its volumes. Answers whether all of them were to be had. */
export function attachAll(
  context: EmulatorContext,
  row: ServerRow,
  awaited: readonly AwaitedVolume[],
): boolean {
  const found = awaited.map((each) => ({ ...each, volume: context.volumes.find(row.region, each.id) }));
  if (found.some(({ volume }) => volume?.status !== 'available')) return false;
  for (const { id, volume, device, deleteOnTermination } of found)
    if (volume)
      attachVolume(context, row, volume, {
        device: device ?? (id === row.boot_volume ? row.root_device : undefined),
        deleteOnTermination,
      });
  return true;
}
