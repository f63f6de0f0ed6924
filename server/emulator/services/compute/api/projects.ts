import type { EmulatorContext } from '../../context.ts';
import { badRequest } from './refuse.ts';

/** Throws 400 where no project has this id. */
export function requireKnownProject({ identity }: EmulatorContext, id: string): void {
  if (!identity.account({ id })) throw badRequest(`Project ID ${id} is not a valid project.`);
}
