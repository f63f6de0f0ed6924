import type { UserChoice } from '../../client/cloud/userChoice.ts';

/** A person who has chosen nothing but a region, and whose choices are not kept. */
export function noChoice(region?: string): UserChoice {
  return {
    region: () => region,
    rememberRegion: () => undefined,
    user: async () => undefined,
    rememberUser: async () => undefined,
    project: () => undefined,
    rememberProject: async () => undefined,
  };
}
