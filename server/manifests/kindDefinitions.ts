import type { Kind } from '../rules/facts.ts';
import { isObject, type Json } from '../rules/json.ts';

/** What can be done with a manifest. */
export type Verb = 'plan' | 'apply' | 'import' | 'export';

/** A kind of manifest. Adding one takes its definition here, its schema (`schemas/NAMEPART.json`) and its family of rules. */
export interface KindDefinition {
  /** What stands in a file's name before its ending: `web.image-import.yaml`. */
  readonly namePart: string;
  /** For people. */
  readonly title: string;
  /** Tells it by its shape; of several that take a document, the last of the table counts. */
  matches(data: Json): boolean;
  /** The beginning of a manifest; `$1` and so on are places to fill in. */
  readonly snippet: { readonly label: string; readonly documentation: string; readonly body: Json };
  /** Shown above each document of the kind. */
  readonly verbs: readonly Verb[];
  /** Its turn among the manifests of a folder: those that make images, describe them, patch and export them. */
  readonly turn: number;
}

export const kindDefinitions = {
  image: {
    namePart: 'image',
    title: 'Image',
    matches: (data) => (Array.isArray(data) ? data.length > 0 : isObject(data)),
    snippet: {
      label: 'image manifest',
      documentation: 'An image: its name, tags and properties.',
      body: { name: '$1', tags: ['$2'], min_disk: 20, os_distro: '$3' },
    },
    verbs: ['plan', 'apply'],
    turn: 3,
  },
  import: {
    namePart: 'image-import',
    title: 'Import task',
    matches: (data) => isObject(data) && (Object.hasOwn(data, 'input') || data['type'] === 'import'),
    snippet: {
      label: 'import task',
      documentation: 'Imports a VHD from Cloud Files as a new image.',
      body: { type: 'import', input: { import_from: '$1', image_properties: { name: '$2' } } },
    },
    verbs: ['import'],
    turn: 1,
  },
  export: {
    namePart: 'image-export',
    title: 'Export task',
    matches: isExport,
    snippet: {
      label: 'export task',
      documentation: 'Exports an image of yours into a container of Cloud Files.',
      body: { type: 'export', input: { image_uuid: '$1', receiving_swift_container: '$2' } },
    },
    verbs: ['plan', 'export'],
    turn: 5,
  },
  patch: {
    namePart: 'image-patch',
    title: 'Image patch',
    matches: (data) => {
      const first = Array.isArray(data) ? data[0] : undefined;
      return isObject(first) && ['op', 'add', 'replace', 'remove'].some((key) => Object.hasOwn(first, key));
    },
    snippet: {
      label: 'image patch',
      documentation: 'Changes properties of an image.',
      body: [{ op: 'replace', path: '/$1', value: '$2' }],
    },
    verbs: ['plan', 'apply'],
    turn: 4,
  },
  'server-image': {
    namePart: 'server-image',
    title: 'Image of a server',
    matches: (data) => isObject(data) && Object.hasOwn(data, 'createImage'),
    snippet: {
      label: 'image of a server',
      documentation: 'Makes an image of a server.',
      body: { createImage: { name: '$1', metadata: {} }, server: { id: '$2' } },
    },
    verbs: ['plan', 'apply'],
    turn: 2,
  },
  server: {
    namePart: 'server',
    title: 'Server',
    matches: (data) => isObject(data) && isObject(data['server']) && !Object.hasOwn(data, 'createImage'),
    snippet: {
      label: 'server',
      documentation: 'Builds a server from an image.',
      body: { server: { name: '$1', imageRef: '$2', flavorRef: '$3' } },
    },
    verbs: ['plan', 'apply'],
    turn: 6,
  },
} as const satisfies Readonly<Record<Kind, KindDefinition>>;

function isExport(data: Json): boolean {
  if (!isObject(data)) return false;
  const { type, input } = data;
  if (type === 'export' || type === 'import') return type === 'export';
  return (
    isObject(input) &&
    (Object.hasOwn(input, 'image_uuid') || Object.hasOwn(input, 'receiving_swift_container'))
  );
}
