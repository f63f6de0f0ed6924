import { evaluate } from '../../server/rules/evaluate.ts';
import type { Facts, Kind } from '../../server/rules/facts.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { configure, profiles } from '../../server/rules/profile/table.ts';
import type { Rule } from '../../server/rules/rule.ts';

/** The facts under which a rule's example is bad, and those under which the other is good. */
export function badFacts(rule: Rule): Facts {
  const { disk, image, container, words, named, server, quota, missingSources } = rule.example;
  return {
    ...shared(rule),
    ...(disk && { disk }),
    ...(words && { words }),
    ...named,
    ...(image === undefined ? {} : { image: image && viewOf(image) }),
    ...(container && { container }),
    ...(server === undefined ? {} : { server }),
    ...(quota && { quota }),
    ...(missingSources && { missingSources }),
  };
}

export function goodFacts(rule: Rule): Facts {
  const { goodDisk, image, goodImage, goodContainer, goodServer } = rule.example;
  const live = goodImage ?? image;
  return {
    ...shared(rule),
    ...(goodDisk && { disk: goodDisk }),
    ...(live === undefined ? {} : { image: live && viewOf(live) }),
    ...(goodContainer && { container: goodContainer }),
    ...(goodServer && { server: goodServer }),
  };
}

export function idsOf(kind: Kind, data: Json, facts: Facts): string[] {
  return evaluate(kind, data, facts).map(({ rule }) => rule);
}

function shared({ profile, example: { caller, made, policies = [], release, vocabulary } }: Rule): Facts {
  return {
    profile: {
      ...configure(profiles[profile ?? 'rackspace'], { policies, ...(release && { release }) }),
      ...(vocabulary && { vocabulary }),
    },
    ...(caller && { caller }),
    ...(made && { made }),
  };
}

function viewOf(image: JsonObject): ReadonlyMap<string, Json> {
  return new Map(Object.entries(image));
}
