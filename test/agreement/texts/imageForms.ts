/** Image documents, and patches of images that are there. */
import { formatImage } from '../../../client/documents/imageText.ts';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import { aboutOf, type Draft, image, named, settingsOf } from './forms.ts';
import { operations } from './operations.ts';
import { makeSetting } from './settings.ts';
import type { Images } from './world.ts';

export function imageById(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const settings = settingsOf(random, of.image, images);
  return {
    form: 'image by id',
    of,
    about: aboutOf(settings),
    documents: [image(named(settings, { id: of.id }))],
  };
}

export function imageByName(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const settings = settingsOf(random, of.image, images).filter(({ name }) => name !== 'name');
  return {
    form: 'image by name',
    of,
    about: aboutOf(settings),
    documents: [image(named(settings, { name: of.name }))],
  };
}

export function newImage(random: Random, images: Images): Draft {
  const settings = settingsOf(random, undefined, images);
  const first: JsonObject = random.once(8) ? {} : { name: `new-${random.below(1000)}` };
  if (random.once(2)) Object.assign(first, { disk_format: 'raw', container_format: 'bare' });
  return {
    form: 'new image',
    of: images.none,
    about: aboutOf(settings),
    documents: [image(named(settings, first))],
  };
}

export function list(random: Random, images: Images): Draft {
  const chosen = Array.from({ length: 1 + random.below(3) }, () => images.pick(random));
  const all = chosen.map(({ image: live }) => settingsOf(random, live, images));
  const data = chosen.map((one, at): Json => {
    if (random.once(20))
      return random.pick<Json>(['just text', '', null, 7, true, [], {}, [{ name: one.name }]]);
    return named(all[at] ?? [], random.once(3) ? { name: one.name } : { id: one.id });
  });
  return {
    form: 'list of images',
    of: chosen[0] ?? images.none,
    about: all.flatMap(aboutOf),
    documents: [image(data)],
  };
}

export function listBody(random: Random, images: Images): Draft {
  const { documents, ...rest } = list(random, images);
  return { ...rest, form: 'list body', documents: [image({ images: documents[0]?.data ?? [] })] };
}

export function members(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const account = (): Json => {
    const id = String(100_002 + random.below(8));
    if (random.below(6) > 0) return id;
    return random.pick<Json>([
      { member_id: id },
      { member_id: id, status: 'accepted' },
      '',
      '  ',
      100_002,
      null,
      true,
      'né',
      '🚀',
      'a b',
      [],
      {},
    ]);
  };
  const items = random.once(10)
    ? Array.from({ length: random.pick([127, 128, 129]) }, (_, at) => String(100_100 + at))
    : Array.from({ length: random.below(5) }, account);
  const wrong: Json = random.pick<Json>(['100002', null, {}]);
  const value = random.once(20) ? wrong : items;
  return {
    form: 'members',
    of,
    about: [items.length > 4 ? 'many members' : 'members'],
    documents: [image({ id: of.id, members: value })],
  };
}

/** The text of a live image that was opened, with members changed, added and removed; rarely but a part of it is left. */
export function openedText(random: Random, images: Images): Draft {
  // Those of others are opened to be read only.
  const own = images.all.filter(
    ({ id, image: live }) => live?.get('id') === id && live.get('owner') === images.accounts[0],
  );
  const of = random.pick(own);
  const live = of.image ?? new Map<string, Json>();
  const data: JsonObject = JSON.parse(formatImage(live));
  const about: string[] = [];
  for (let left = random.below(4); left > 0; left--)
    if (random.once(3)) {
      const name = random.pick(Object.keys(data));
      delete data[name];
      about.push('removed');
    } else {
      const setting = makeSetting(random, live, images);
      Object.defineProperty(data, setting.name, { value: setting.value, ...plain });
      about.push(setting.about);
    }
  if (random.once(10)) for (const name of Object.keys(data)) if (random.once(2)) delete data[name];
  return { form: 'edited opened image', of, about, opened: of.id, edited: live, documents: [image(data)] };
}

/** Also of a member named `__proto__`. */
const plain = { enumerable: true, configurable: true, writable: true };

export function openedPatch(random: Random, images: Images): Draft {
  const of = images.pickSeen(random);
  if (random.once(20))
    return {
      form: 'patch of an opened image',
      of,
      about: ['body'],
      opened: of.id,
      documents: [{ kind: 'patch', data: random.pick<Json>([[], { op: 'add' }, 'x', 7]) }],
    };
  const { about, document } = operations(random, of.image, images, 'v2.1');
  return { form: 'patch of an opened image', of, about, opened: of.id, documents: [document] };
}

export function oldPatch(random: Random, images: Images): Draft {
  const of = images.pickSeen(random);
  const { about, document } = operations(random, of.image, images, 'v2.0');
  return { form: 'patch in the v2.0 form', of, about, opened: of.id, documents: [document] };
}

export function patchBehind(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const { about, document } = operations(random, of.image, images, random.once(4) ? 'v2.0' : 'v2.1');
  const settings = random.once(2) ? [] : settingsOf(random, of.image, images);
  const first = image(named(settings, random.once(3) ? { name: of.name } : { id: of.id }));
  return {
    form: 'image and patch',
    of,
    about: [...aboutOf(settings), ...about],
    documents: [first, document],
  };
}

export function patchBeside(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const { about, document } = operations(random, of.image, images, 'v2.1');
  return {
    form: 'patch beside its image',
    of,
    about,
    beside: random.once(3) ? { name: of.name } : { id: of.id },
    documents: [document],
  };
}

/** Two documents about one image: their changes add up. */
export function imageAndImage(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const one = settingsOf(random, of.image, images);
  const other = settingsOf(random, of.image, images);
  return {
    form: 'two documents of an image',
    of,
    about: aboutOf([...one, ...other]),
    documents: [image(named(one, { id: of.id })), image(named(other, { id: of.id }))],
  };
}

export function newAndPatch(random: Random, images: Images): Draft {
  const draft = newImage(random, images);
  const { about, document } = operations(random, undefined, images, 'v2.1');
  return {
    ...draft,
    form: 'new image and patch',
    about: [...draft.about, ...about],
    documents: [...draft.documents, document],
  };
}
