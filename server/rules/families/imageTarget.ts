import { describeSameName, findBadItems, listItems } from '../imageList.ts';
import { asText, isObject, pointerTo } from '../json.ts';
import { type Fix, observe, type Rule } from '../rule.ts';
import { answers } from '../service/answers.ts';
import { show, uuid } from '../service/attributes.ts';
import { isUnknown } from '../service/importedImage.ts';

const kinds = ['image', 'patch'] as const;

/** Which image a manifest is about: one that is there, that the caller may change, and one only. */
export const targetRules: readonly Rule[] = [
  {
    id: 'image/visible',
    severity: 'error',
    kinds,
    source: 'Images API v2: an image that is not there, or not yours to see, answers 404',
    summary:
      'The id is that of an image which you see: your own, a public one, or one that is shared with you.',
    example: {
      kind: 'image',
      bad: 'id: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\nmin_ram: 512\n',
      good: 'name: web\nmin_ram: 512\n',
      image: null,
    },
    *check(subject) {
      yield* observe(subject, 'image/visible', ({ refusal, whole }) => {
        const id = refusal.text.slice(answers.noImage('').text.length);
        const isUuid = uuid.test(id);
        return {
          message: isUuid
            ? `You see no image with the id ${id}${/[A-F]/.test(id) ? ', in upper case' : ''}. Check the id, the region and the account.`
            : `${show(id)} is no UUID, so no image has this id. Remove it to match the image by name.`,
          fixes: subject.kind === 'image' ? fixId(id, whole) : [],
        };
      });
    },
  },
  {
    id: 'image/owner',
    severity: 'error',
    kinds,
    source: 'Cloud Images FAQ, "Image sharing": only the owner changes an image',
    summary: 'Shared and public images are changed by their owner only.',
    example: {
      kind: 'patch',
      bad: '- { op: add, path: /team, value: blue }\n',
      good: '- { op: add, path: /team, value: blue }\n',
      image: { name: 'web', owner: '100002' },
      goodImage: { name: 'web', owner: '100001' },
      caller: { account: '100001', roles: ['identity:user-admin'] },
    },
    *check(subject) {
      yield* observe(subject, 'image/owner', () => ({
        message:
          'The image belongs to another account, which alone changes it. Export or copy it to have one of your own.',
      }));
    },
  },
  {
    id: 'image/ambiguous',
    severity: 'error',
    kinds,
    source: 'This extension',
    summary: 'A manifest that names its image by name means one image of the account.',
    example: {
      kind: 'image',
      bad: 'name: web\n',
      good: 'id: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\n',
      named: { sameName: ['7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e', 'c3b6b3e0-0000-4000-8000-000000000003'] },
    },
    *check({ kind, facts, images }) {
      const named = kind === 'image' ? images() : [{ pointer: '', image: {}, facts }];
      for (const {
        pointer,
        image,
        facts: { sameName },
      } of named)
        if (sameName && !Object.hasOwn(image, 'id'))
          yield {
            pointer: Object.hasOwn(image, 'name') ? `${pointer}/name` : pointer,
            message: describeSameName(asText(image['name'] ?? ''), sameName),
            fixes: kind === 'image' ? sameName.slice(0, 5).map((id) => chooseId(id, pointer)) : [],
          };
    },
  },
  {
    id: 'image/item',
    severity: 'error',
    kinds: ['image'],
    source: 'This extension',
    summary: 'Each item of a list is one image, and no two items are about the same one.',
    example: {
      kind: 'image',
      bad: '- name: web\n- just text\n- name: web\n',
      good: '- name: web\n- name: db\n',
    },
    *check({ manifest }) {
      const listed = isObject(manifest) && Array.isArray(manifest['images']);
      if (!listed && !Array.isArray(manifest)) return;
      for (const found of findBadItems(listItems(manifest)))
        yield listed ? { pointer: `/images${found.pointer}`, message: found.message } : found;
    },
  },
  {
    id: 'image/unchecked',
    severity: 'information',
    kinds,
    source: 'This extension',
    summary: 'Where no image of the connected cloud is meant yet, its properties cannot be compared.',
    example: {
      kind: 'image',
      bad: 'min_ram: 512\n',
      good: 'name: web\nmin_ram: 512\n',
      named: { unmatched: 'unnamed' },
    },
    *check({ kind, facts: own, images }) {
      const name = own.image?.get('name');
      const named = [{ pointer: '', image: name === undefined ? {} : { name }, facts: own }];
      const unknown = (kind === 'image' ? images() : named).filter(({ facts }) => facts.unmatched);
      for (const { pointer, image, facts } of kind === 'image' ? images() : []) {
        const names = Object.entries(image).flatMap(([one, value]) =>
          facts.image && isUnknown(facts.image, one, value) ? [one] : [],
        );
        if (names.length > 0)
          yield {
            pointer: pointer + pointerTo(names[0] ?? ''),
            onKey: true,
            message: `Not checked: the service sets ${names.join(', ')} when it makes the image, and refuses another value. Remove what you cannot know.`,
          };
      }
      const [first] = unknown;
      if (!first) return;
      const more = unknown.length > 1 ? ` So it is with ${unknown.length - 1} more in this list.` : '';
      yield {
        pointer: first.pointer,
        message:
          first.facts.unmatched === 'unnamed'
            ? `Not checked against an image: this manifest names none. Write its 'id' or 'name'.${more}`
            : `Not checked against an image: you have none named ${show(first.image['name'] ?? null)}. ${first.facts.profile.offers.importTask ? 'Import its disk first' : 'Apply its manifest first'}, or name the image by its id.${more}`,
      };
    },
  },
];

function fixId(id: string, whole: string): Fix[] {
  const lower = id.toLowerCase();
  const remove: Fix = { title: "Remove 'id'", edits: [{ do: 'remove', pointer: whole }] };
  if (lower === id || !uuid.test(id)) return [remove];
  return [
    { title: 'Write the id in lower case', edits: [{ do: 'set', pointer: whole, value: lower }] },
    remove,
  ];
}

function chooseId(id: string, pointer: string): Fix {
  return { title: `Choose the image ${id}`, edits: [{ do: 'set', pointer: `${pointer}/id`, value: id }] };
}
