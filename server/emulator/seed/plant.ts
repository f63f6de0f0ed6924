import { formatRegion } from '../kernel/regions.ts';
import { StartRefused } from '../options.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { Service } from '../services/service.ts';
import type { Seed } from './seed.ts';

/**
 * Seeds a data folder that is new; answers whether it was. Throws StartRefused where it holds a cloud of another profile,
 * whose regions differ.
 */
export async function seedNew(
  context: EmulatorContext,
  services: readonly Service[],
  seed: Seed,
): Promise<boolean> {
  const { name } = context.profile;
  const known = context.store.get<{ value: string }>("SELECT value FROM meta WHERE name = 'profile'")?.value;
  if (known === name) return false;
  if (known !== undefined)
    throw new StartRefused(
      `The data folder holds a cloud of profile ${known}. Start it with --profile ${known}, or choose another folder with --data.`,
    );
  await plantSeed(context, services, seed, (plant) =>
    context.store.write(() => {
      context.store.run("INSERT INTO meta (name, value) VALUES ('profile', ?)", name);
      plant();
    }),
  );
  return true;
}

/** Prepares the seed of every service, and calls `enter` with what plants all of it inside `store.write`. */
export async function plantSeed(
  context: EmulatorContext,
  services: readonly Service[],
  seed: Seed,
  enter: (plant: () => void) => Promise<void>,
): Promise<void> {
  const prepared = await Promise.allSettled(services.map((service) => service.seed?.(context, seed)));
  const plantings = prepared.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  try {
    const failed = prepared.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    await enter(() => {
      for (const planting of plantings) planting.plant();
    });
  } finally {
    for (const planting of plantings) planting.discard?.();
  }
  const { accounts, users } = seed;
  context.log.info(
    `Seeded ${accounts.length} accounts and ${users.length} users in ${context.regions.map(formatRegion).join(', ')}.`,
  );
}
