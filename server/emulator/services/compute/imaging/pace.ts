import { imagingTime } from '../../../../rules/service/imagingTime.ts';
import type { EmulatorContext } from '../../context.ts';
import { flavorOf, type ServerRow } from '../servers/rows.ts';

/** Simulated milliseconds that an image of a server takes before its disk is saved, and to save it. */
export function paceOf({ profile }: EmulatorContext, row: ServerRow): { coalesce: number; save: number } {
  if (!profile.imaging) return floors;
  const { coalesce, save } = imagingTime({ largestGb: 0, flavorClass: flavorOf(row).class }, profile.imaging);
  return {
    coalesce: Math.max(coalesce * minute, floors.coalesce),
    save: Math.max(save * minute, floors.save),
  };
}

const minute = 60_000;
/** So that the states can be seen (DECISIONS 26). */
const floors = { coalesce: 60_000, save: 90_000 } as const;

/** Says why an image of the server fails; undefined: it does not. */
export function findImagingFault(_context: EmulatorContext, _row: ServerRow): string | undefined {
  return undefined;
}

/** The columns that change with an image taken. */
export function noteImage(row: ServerRow): Partial<ServerRow> {
  return { disk_history: JSON.stringify([...JSON.parse(row.disk_history), { image: true }]) };
}
