import { placeText } from './show.ts';
import type { Step } from './steps.ts';

/** Something that a step takes away, and which a person has to want. */
export interface Destruction {
  /** `deletes image 'web' (ID)`, as a clause. */
  readonly does: string;
  /** What is typed to allow it: the name of the image or the server. */
  readonly name: string;
  readonly place: string;
}

/**
 * Lists what a step takes away: images and servers that are deleted, accounts that see an image no longer, images that are
 * hidden, servers whose disk is written anew. What the run itself makes is nobody's loss (DECISIONS 35).
 */
export function listDestruction(step: Step): Destruction[] {
  const place = placeText(step.part);
  if (step.type === 'server-rebuild')
    return [
      { does: `overwrites the disk of server '${step.name}' (${step.server})`, name: step.name, place },
    ];
  if (step.type === 'server-deletion')
    return [{ does: `deletes server '${step.name}' (${step.server})`, name: step.name, place }];
  if (step.type !== 'change' || step.plan.isNew) return [];
  const { image, calls, differences } = step.plan;
  // A rotation renames what it hides; people know the image by the name that it has now.
  const had = differences.find((one) => one.name === 'name')?.old;
  const name = typeof had === 'string' ? had : step.plan.name;
  const which = `image '${name}' (${image})`;
  const hides = differences.some((one) => one.name === 'os_hidden' && one.new === true && one.old !== true);
  const all = [
    ...calls.flatMap((call) => {
      if (call.type === 'delete') return `deletes ${which}`;
      return call.type === 'remove-member' ? `takes ${which} away from account ${call.member}` : [];
    }),
    ...(hides ? [`hides ${which}`] : []),
  ];
  return all.map((does) => ({ does, name, place }));
}
