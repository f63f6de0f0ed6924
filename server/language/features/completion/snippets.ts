import { stringify } from 'yaml';
import type { Kind } from '../../../rules/facts.ts';
import type { Json } from '../../../rules/json.ts';

/** The beginning of a manifest, for an empty document. `$1` and so on are places to fill in. */
export interface Snippet {
  readonly kind: Kind;
  readonly label: string;
  readonly documentation: string;
  readonly body: Json;
}

export const snippets: readonly Snippet[] = [
  {
    kind: 'image',
    label: 'image manifest',
    documentation: 'An image: its name, tags and properties.',
    body: { name: '$1', tags: ['$2'], min_disk: 20, os_distro: '$3' },
  },
  {
    kind: 'import',
    label: 'import task',
    documentation: 'Imports a VHD from Cloud Files as a new image.',
    body: { type: 'import', input: { import_from: '$1', image_properties: { name: '$2' } } },
  },
  {
    kind: 'export',
    label: 'export task',
    documentation: 'Exports an image of yours into a container of Cloud Files.',
    body: { type: 'export', input: { image_uuid: '$1', receiving_swift_container: '$2' } },
  },
  {
    kind: 'patch',
    label: 'image patch',
    documentation: 'Changes properties of an image.',
    body: [{ op: 'replace', path: '/$1', value: '$2' }],
  },
  {
    kind: 'server-image',
    label: 'image of a server',
    documentation: 'Makes an image of a server.',
    body: { createImage: { name: '$1', metadata: {} }, server: { id: '$2' } },
  },
  {
    kind: 'server',
    label: 'server',
    documentation: 'Builds a server from an image.',
    body: { server: { name: '$1', imageRef: '$2', flavorRef: '$3' } },
  },
];

/** As text of a format; with the places as an editor's snippet has them, or empty. */
export function textOf({ body }: Snippet, format: 'yaml' | 'json', places: boolean): string {
  const text =
    format === 'json' ? JSON.stringify(body, null, 2) : stringify(body, { lineWidth: 0 }).trimEnd();
  if (places) return text.replace(/\$(\d)/g, format === 'json' ? '$$$1' : '$${$1}');
  // What is left empty in YAML would be null.
  return format === 'json'
    ? text.replace(/\$\d/g, '')
    : text.replace(/(\/?)\$\d/g, (_, slash: string) => slash || '""');
}
