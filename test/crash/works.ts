import { crashImages } from './images.ts';
import { crashRounds, type Summary } from './rounds.ts';
import { crashTasks } from './tasks.ts';

/** Every kind of work that is killed. */
export const works: Readonly<Record<string, (kills: number, random: () => number) => Promise<Summary>>> = {
  uploads: (kills, random) => crashRounds('uploads', kills, random),
  imports: (kills, random) => crashRounds('imports', kills, random),
  images: crashImages,
  tasks: crashTasks,
};
