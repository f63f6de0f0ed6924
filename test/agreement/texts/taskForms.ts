/** Imports and exports, and what stands behind them. */
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import { aboutOf, type Document, type Draft, image, named, settingsOf } from './forms.ts';
import { operations } from './operations.ts';
import type { Images } from './world.ts';

function importOf(random: Random, images: Images): { about: string; document: Document } {
  const address =
    random.below(4) > 0
      ? 'exports/dynamic.vhd'
      : random.pick([
          ...images.objects,
          'exports/none.vhd',
          'none/x.vhd',
          'exports',
          'exports/',
          '/x.vhd',
          'exports/./dynamic.vhd',
          './exports/dynamic.vhd',
          'exports/../exports/dynamic.vhd',
          'exports/dynamic.vhd/',
          'https://example.com/x.vhd',
          '',
        ]);
  const properties =
    random.below(4) > 0
      ? { name: 'imported' }
      : random.pick<Json>([
          {},
          { name: 'windows-2012' },
          { name: 'w', vm_mode: 'hvm' },
          { name: 'w', tags: ['a'] },
          { name: 'n'.repeat(255) },
          { name: 'n'.repeat(256) },
          { name: 7 },
          { name: null },
          { name: '' },
          { os_type: 'windows' },
          { name: 'w', os_distro: 'WINDOWS' },
          { name: 'w', 'org.openstack__1__os_distro': 'com.microsoft' },
          [],
          null,
        ]);
  const input: JsonObject = { import_from: address, image_properties: properties };
  if (random.once(12)) delete input['image_properties'];
  if (random.once(12)) input['import_from_format'] = random.pick<Json>(['vhd', 'raw', 'VHD', 7]);
  const type: Json = random.once(25) ? random.pick<Json>(['improt', 'export', 7]) : 'import';
  return { about: address, document: { kind: 'import', data: { type, input } } };
}

export function importAlone(random: Random, images: Images): Draft {
  const { about, document } = importOf(random, images);
  return { form: 'import', of: images.none, about: [about], documents: [document] };
}

/** An import that succeeds, so that what stands behind it is what counts. */
const soundImport: Document = {
  kind: 'import',
  data: {
    type: 'import',
    input: { import_from: 'exports/dynamic.vhd', image_properties: { name: 'imported' } },
  },
};

function firstImport(random: Random, images: Images): Document {
  return random.once(8) ? importOf(random, images).document : soundImport;
}

export function importAndImage(random: Random, images: Images): Draft {
  const settings = settingsOf(random, images.imported, images);
  return {
    form: 'import and image',
    of: images.none,
    about: aboutOf(settings),
    documents: [
      firstImport(random, images),
      image(named(settings, random.once(2) ? { name: 'imported' } : {})),
    ],
  };
}

export function importAndPatch(random: Random, images: Images): Draft {
  const { about, document } = operations(random, images.imported, images, random.once(4) ? 'v2.0' : 'v2.1');
  return {
    form: 'import and patch',
    of: images.none,
    about,
    documents: [firstImport(random, images), document],
  };
}

export function importImagePatch(random: Random, images: Images): Draft {
  const settings = settingsOf(random, images.imported, images);
  const { about, document } = operations(random, images.imported, images, 'v2.1');
  return {
    form: 'import, image and patch',
    of: images.none,
    about: [...aboutOf(settings), ...about],
    documents: [firstImport(random, images), image(named(settings, {})), document],
  };
}

export function twoImports(random: Random, images: Images): Draft {
  const settings = settingsOf(random, images.imported, images);
  return {
    form: 'two imports and image',
    of: images.none,
    about: aboutOf(settings),
    documents: [firstImport(random, images), firstImport(random, images), image(named(settings, {}))],
  };
}

function exportDocument(random: Random, input: JsonObject): Document {
  const container =
    random.below(3) > 0
      ? 'receiving'
      : random.pick<Json>([
          'nowhere',
          'exp.orts',
          'a/b',
          'receiving?',
          'c'.repeat(256),
          'c'.repeat(257),
          '',
          7,
          null,
          ' ',
          'é'.repeat(43),
        ]);
  return {
    kind: 'export',
    data: { type: 'export', input: { ...input, receiving_swift_container: container } },
  };
}

export function exportOf(random: Random, images: Images): Draft {
  const of = images.pick(random);
  const id = random.once(15) ? random.pick<Json>(['x', 7, null, '']) : of.id;
  return { form: 'export', of, about: ['export'], documents: [exportDocument(random, { image_uuid: id })] };
}

export function importAndExport(random: Random, images: Images): Draft {
  return {
    form: 'import and export',
    of: images.none,
    about: ['export'],
    documents: [firstImport(random, images), exportDocument(random, {})],
  };
}
