/** Files as people write them, for one profile and the images of its cloud. */
import { isObject, type Json } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import type { Case, Form } from './forms.ts';
import {
  imageAndImage,
  imageById,
  imageByName,
  list,
  listBody,
  members,
  newAndPatch,
  newImage,
  oldPatch,
  openedPatch,
  openedText,
  patchBehind,
  patchBeside,
} from './imageForms.ts';
import {
  exportOf,
  importAlone,
  importAndExport,
  importAndImage,
  importAndPatch,
  importImagePatch,
  twoImports,
} from './taskForms.ts';
import type { Images } from './world.ts';
import { entriesOf } from './yaml/state.ts';

/** Who does not see an image cannot open it. */
const withoutImages = ['nobody', 'partner'];
const others = ['admin', 'observer', 'images-admin', 'creator', 'images-observer', 'nobody', 'partner'];

export function makeCase(random: Random, images: Images): Case {
  const draft = random.pick(formsOf(images.profile))(random, images);
  const asked = random.below(10) < 7 ? 'owner' : random.pick(others);
  const caller = draft.opened !== undefined && withoutImages.includes(asked) ? 'owner' : asked;
  const format =
    draft.edited !== undefined
      ? 'json'
      : draft.documents.length > 1 || random.below(10) < 6
        ? 'yaml'
        : random.once(3)
          ? 'jsonc'
          : 'json';
  const { of, about, ...rest } = draft;
  const [first, ...more] = rest.documents;
  const keys = first && draft.edited === undefined && random.once(40) ? membersIn(first.data, '') : [];
  const twice = keys.length > 0 ? random.pick(keys) : undefined;
  return {
    ...rest,
    ...(first && twice !== undefined ? { documents: [{ ...first, twice }, ...more] } : {}),
    of: of.whose,
    about: twice === undefined ? about : ['a key written twice'],
    caller,
    format,
    ...(of.image && of.isMovable && random.once(8)
      ? {
          meanwhile: random.pick(
            of.whose.startsWith('shared') ? ['shared no more', 'deleted'] : ['deleted', 'renamed'],
          ),
        }
      : {}),
  };
}

function formsOf(profile: Images['profile']): readonly Form[] {
  const both: Form[] = [
    imageById,
    imageById,
    imageByName,
    openedPatch,
    openedPatch,
    openedText,
    openedText,
    oldPatch,
    patchBehind,
    patchBeside,
    list,
    listBody,
    members,
    imageAndImage,
  ];
  return profile === 'rackspace'
    ? [
        ...both,
        importAlone,
        importAndImage,
        importAndImage,
        importAndPatch,
        importImagePatch,
        twoImports,
        exportOf,
        importAndExport,
      ]
    : [...both, newImage, newImage, newImage, newAndPatch];
}

/** Pointers of the members of mappings, however deep. */
function membersIn(value: Json, pointer: string): string[] {
  if (!Array.isArray(value) && !isObject(value)) return [];
  return entriesOf(value, pointer, undefined).flatMap(({ key, own, item }) => [
    ...(key === undefined ? [] : [own]),
    ...membersIn(item, own),
  ]);
}
