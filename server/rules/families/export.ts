import type { Facts } from '../facts.ts';
import { asText, isObject, type JsonObject } from '../json.ts';
import type { Fix, Observation, Rule } from '../rule.ts';
import {
  adviseCopy,
  answers,
  describeInactive,
  exactBytes,
  exportFailures,
  gigabytes,
} from '../service/answers.ts';
import { show } from '../service/attributes.ts';
import { imagedServer } from '../service/createImage.ts';
import { sizeOf, systemDiskOf } from '../service/imageSizes.ts';
import { explainMissing } from '../valueFixes.ts';

const guide = 'Cloud Images guide, task to export image';
const faq = 'Cloud Images FAQ, "Image import and export"';
const toContainer = '/input/receiving_swift_container';
const ofImage = '/input/image_uuid';
const webExport =
  'type: export\ninput:\n  image_uuid: ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6\n  receiving_swift_container: exports\n';

/** What an export task fails with, or is refused for; which one the cloud reports is said in evaluate.ts. */
export const exportRules: readonly Rule[] = [
  exportRule({
    id: 'export/image-id',
    source: guide,
    summary: 'An export names the image by its UUID.',
    bad: webExport.replace(/ {2}image_uuid.*\n/, ''),
    good: webExport,
    *check(input, { made }) {
      if (input['image_uuid'] !== undefined || made) return; // of another type it is a matter of shape
      const message =
        "Which image? Write its UUID as 'image_uuid', or put the export after the import that makes the image.";
      yield {
        ...explainMissing({ input }, '/input', 'image_uuid', message),
        answer: answers.exportImage(),
      };
    },
  }),
  exportRule({
    id: 'export/image',
    order: 2,
    source: `${guide}; ours: no source says what it fails with`,
    summary: 'The image exists, in the region that is asked.',
    bad: webExport,
    good: webExport,
    image: null,
    goodImage: { owner: '100001' },
    *check(input, { image }) {
      if (image !== null || typeof input['image_uuid'] !== 'string') return;
      yield {
        pointer: ofImage,
        message: `There is no image ${show(input['image_uuid'])} in this region.`,
        answer: { task: exportFailures.image() },
      };
    },
  }),
  exportRule({
    id: 'export/owner',
    order: 3,
    source: 'Guide, "Importing and exporting images": you cannot export an image that you do not own',
    summary: 'Only the owner exports an image: not a public one, nor one that is shared with you.',
    bad: webExport,
    good: webExport,
    image: { visibility: 'public' },
    goodImage: { visibility: 'private' },
    *check(_, { image, caller }) {
      const owner = image?.get('owner') ?? undefined;
      const isPublic = image?.get('visibility') === 'public';
      const isOthers = caller !== undefined && owner !== undefined && owner !== caller.account;
      if (!isPublic && !isOthers) return;
      yield {
        pointer: ofImage,
        message: `${isPublic ? 'A public image' : 'An image that is shared with you'} cannot be exported. ${adviseCopy(asText(image?.get('id') ?? 'IMAGE'))}.`,
        answer: { task: exportFailures.owner() },
        curedBy: 'copyImage',
      };
    },
  }),
  exportRule({
    id: 'export/licence',
    order: 4,
    source: `${faq}: com.rackspace__1__options must be zero`,
    summary: 'Images with licences, such as Windows, SQL Server and Red Hat, cannot be exported.',
    bad: webExport,
    good: webExport,
    image: { 'com.rackspace__1__options': '4' },
    goodImage: { 'com.rackspace__1__options': '0' },
    *check(_, { image }) {
      const options = image?.get('com.rackspace__1__options') ?? '0'; // absent counts as 0 (DECISIONS 6)
      if (asText(options) === '0') return;
      yield {
        pointer: ofImage,
        message: `This image carries licences (com.rackspace__1__options is '${asText(options)}': ${licences(Number(asText(options)))}) and cannot be exported. Move the data instead.`,
        answer: { task: exportFailures.licence(asText(options)) },
      };
    },
  }),
  exportRule({
    id: 'export/status',
    order: 5,
    source: 'Cloud Images guide, image statuses: a deactivated image cannot be exported',
    summary: 'Only an active image is exported.',
    bad: webExport,
    good: webExport,
    image: { status: 'deactivated' },
    goodImage: { status: 'active' },
    *check(_, { image }) {
      const status = image?.get('status') ?? 'active';
      if (status === 'active') return;
      yield {
        pointer: ofImage,
        message: describeInactive(asText(status)),
        answer: { task: exportFailures.image() },
      };
    },
  }),
  exportRule({
    id: 'export/container-name',
    order: 1,
    source: guide,
    summary: "The receiving container's name has no slash, question mark or dot.",
    bad: webExport.replace(': exports', ': exports.2026'),
    good: webExport,
    *check(input) {
      const name = input['receiving_swift_container'];
      if (typeof name !== 'string') return;
      const wrong = refuseContainerName(name);
      if (!wrong) return;
      const better = name.replace(/[/?.]+/g, '-').replace(/^-+|-+$/g, '');
      const fixes: Fix[] =
        better === '' || refuseContainerName(better)
          ? []
          : [{ title: `Change to '${better}'`, edits: [{ do: 'set', pointer: toContainer, value: better }] }];
      yield {
        pointer: toContainer,
        message: wrong,
        answer: { task: /[/?.]/.test(name) ? exportFailures.name(name) : exportFailures.nameLength(name) },
        fixes,
      };
    },
  }),
  exportRule({
    id: 'export/container',
    order: 6,
    source: guide,
    summary: 'The receiving container exists.',
    bad: webExport,
    good: webExport,
    container: 'missing',
    goodContainer: { objects: [] },
    *check(input, { container }) {
      const name = input['receiving_swift_container'];
      if (container !== 'missing' || typeof name !== 'string') return;
      yield {
        pointer: toContainer,
        message: `There is no container ${show(name)} in this region. Make it first.`,
        answer: { task: exportFailures.container(name) },
      };
    },
  }),
  exportRule({
    id: 'export/object',
    order: 7,
    source: guide,
    summary: 'An export does not overwrite: the container must not hold an object of the name yet.',
    bad: webExport,
    good: webExport,
    container: { objects: ['ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6.vhd'] },
    goodContainer: { objects: ['other.vhd'] },
    *check(input, { container }) {
      const [id, name] = [input['image_uuid'], input['receiving_swift_container']];
      if (typeof id !== 'string' || typeof name !== 'string' || !container || container === 'missing') return;
      const object = exportedObject(id);
      if (!container.objects.includes(object)) return;
      yield {
        pointer: toContainer,
        message: `The container holds '${object}' already. Delete it with its segments, or export to another container.`,
        answer: { task: exportFailures.object(name, object) },
      };
    },
  }),
  exportRule({
    id: 'export/round-trip',
    severity: 'information',
    source: 'Guide, "Export-import asymmetry"',
    summary: 'An image larger than the import limit can be exported, and not imported again.',
    bad: webExport,
    good: webExport,
    image: { virtual_size: 80 * 2 ** 30 },
    goodImage: { virtual_size: 40 * 2 ** 30 },
    *check(input, { image, made, ...facts }) {
      const { limits } = facts.profile;
      const server = made?.kind === 'server-image' && imagedServer({ manifest: made.data, facts });
      const size = (image && systemDiskOf(image)) ?? (server ? sizeOf(server)?.bytes : undefined);
      if (!size || size <= limits.importVirtualBytes) return;
      yield {
        pointer: input['image_uuid'] === undefined ? '/input' : ofImage,
        onKey: input['image_uuid'] === undefined,
        message: `Its disk of ${gigabytes(size)} (${exactBytes(size)}) is larger than can be imported again: the limit is ${gigabytes(limits.importVirtualBytes)}.`,
      };
    },
  }),
  exportRule({
    id: 'export/unchecked',
    severity: 'information',
    source: 'This extension',
    summary: 'Without a connected cloud, neither the image nor the container was looked at.',
    bad: webExport,
    good: webExport,
    goodImage: { owner: '100001' },
    goodContainer: { objects: [] },
    *check(input, { image, made, container }) {
      const name = input['receiving_swift_container'];
      if (image === null) return;
      if (image || made) {
        if (container !== undefined || typeof name !== 'string' || refuseContainerName(name)) return;
        yield { pointer: toContainer, message: `Not checked: whether the container ${show(name)} exists.` };
        return;
      }
      if (typeof input['image_uuid'] !== 'string') return;
      yield {
        pointer: ofImage,
        message:
          'Not checked: whether the image is yours and its licences allow its export. Connect to its cloud.',
      };
    },
  }),
];

/** The object that an image is exported as. */
export function exportedObject(image: string): string {
  return `${image}.vhd`;
}

/** Says why a container cannot receive an export, whether or not it exists. */
function refuseContainerName(name: string): string | undefined {
  const [forbidden] = /[/?.]/.exec(name) ?? [];
  if (forbidden !== undefined)
    return `The name of a receiving container has no '${forbidden}'. Use another container.`;
  if (name === '') return 'The receiving container needs a name.';
  const length = encodeURIComponent(name.toWellFormed()).length;
  return length > 256 ? `A container's name has at most 256 bytes in a URL; this has ${length}.` : undefined;
}

/** The bits of `com.rackspace__1__options` (SOURCES: rackspace §2.1). */
function licences(options: number): string {
  const bits: [number, string][] = [
    [1, 'Red Hat'],
    [2, 'SELinux'],
    [4, 'Windows'],
    [8, 'SQL Server Standard'],
    [32, 'SQL Server Web'],
    [64, 'Vyatta'],
  ];
  const names = bits.flatMap(([bit, name]) => (options & bit ? [name] : []));
  return names.length > 0 ? names.join(', ') : 'unknown';
}

type Input = JsonObject;

function exportRule({
  id,
  source,
  summary,
  severity = 'error',
  order,
  check,
  ...example
}: Pick<Rule, 'id' | 'source' | 'summary' | 'order'> & { readonly severity?: Rule['severity'] } & Omit<
    Rule['example'],
    'kind'
  > & { readonly check: (input: Input, facts: Facts) => Generator<Observation> }): Rule {
  return {
    id,
    source,
    summary,
    severity,
    ...(order === undefined ? {} : { order }),
    kinds: ['export'],
    profile: 'rackspace',
    example: { kind: 'export', ...example },
    *check({ manifest, facts }) {
      if (!isObject(manifest) || !isObject(manifest['input'])) return; // its shape is what is wrong
      yield* check(manifest['input'], facts);
    },
  };
}
