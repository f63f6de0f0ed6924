import type { Facts } from '../facts.ts';
import { type Json, pointerTo } from '../json.ts';
import type { Fix, Observation, Rule } from '../rule.ts';
import { sameValue } from '../service/differences.ts';

/** Properties that the service sets, of which no source says whether customers may change them (DECISIONS 9). */
export const servicePropertyRules: readonly Rule[] = [
  {
    id: 'property/of-service',
    marks: 'key',
    severity: 'warning',
    kinds: ['image', 'patch'],
    profile: 'rackspace',
    source: 'Cloud Images FAQ, "How do I know which properties are protected?"; DECISIONS 9',
    summary: 'Most properties that an image has by default are the service’s, and it relies on their values.',
    example: {
      kind: 'image',
      bad: 'name: web\nflavor_classes: "*"\n',
      good: 'name: web\ncom.mycompany.classes: "*"\n',
    },
    *check({ kind, facts, images, operations }) {
      if (kind === 'patch')
        for (const { at, name, operation } of operations()) {
          const changed =
            operation.op === 'remove'
              ? facts.image?.has(name) !== false
              : changes(name, operation.value, facts);
          if (changed && isOfService(name, facts)) yield found(name, pointerTo(at), 'Remove this operation');
        }
      else
        for (const { pointer, image, facts: known } of images()) {
          for (const [name, value] of Object.entries(image))
            if (isOfService(name, known) && changes(name, value, known))
              yield found(name, pointer + pointerTo(name), `Remove '${name}'`);
        }
    },
  },
];

function isOfService(name: string, { profile, image }: Facts): boolean {
  return (
    profile.serviceNames.includes(name) || (name === 'vm_mode' && image?.get('image_type') === 'snapshot')
  );
}

/** What equals the live image is not asked for. */
function changes(name: string, value: Json | undefined, { image }: Facts): boolean {
  return !image?.has(name) || !sameValue(name, image.get(name) ?? null, value ?? null);
}

function found(name: string, pointer: string, title: string): Observation {
  const fix: Fix = { title, edits: [{ do: 'remove', pointer }] };
  return {
    pointer,
    message: `'${name}' is set by the service, which relies on it: no source says that customers may change it. Leave it as it is.`,
    fixes: [fix],
  };
}
