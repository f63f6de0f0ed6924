import type { Kind } from '../facts.ts';
import { isObject, type Json, type JsonObject, pointerTo } from '../json.ts';
import type { Observation, Rule } from '../rule.ts';
import { importFailures } from '../service/answers.ts';
import { inputOf, propertiesOf, soundDisk } from '../service/importBody.ts';
import { nameOf } from '../service/patchBody.ts';
import { imagesOf, operationsOf, type Subject } from '../subject.ts';

const faq =
  'Cloud Images FAQ, "Are there any limitations on the operating system that is installed on an image?"';
const from = '/input/import_from';

/** The rules of DECISIONS 4: Windows as declared, as seen on the disk, as hinted by a name. */
export const windowsRules: readonly Rule[] = [
  {
    id: 'import/windows',
    order: 9,
    severity: 'error',
    kinds: ['import'],
    profile: 'rackspace',
    source: faq,
    summary: 'Windows images cannot be imported.',
    example: { kind: 'import', bad: importOf('web', '\n    os_type: windows'), good: importOf('web') },
    *check(subject) {
      const answer = { task: importFailures.windows() };
      for (const { pointer, text } of declarations(subject)) {
        yield {
          pointer,
          message: `${importFailures.windows()} ${text} Import another operating system, or build a Windows server from one of the cloud's own images.`,
          answer,
          ...(pointer === from
            ? {}
            : { fixes: [{ title: 'Remove it', edits: [{ do: 'remove', pointer }] }] }),
        };
      }
      const { disk } = subject.facts;
      const proof = disk && disk !== 'missing' ? (disk.vhd?.guest.windows ?? []) : [];
      if (proof.length > 0)
        yield {
          pointer: from,
          message: `${importFailures.windows()} The disk holds Windows: ${proof.join('; ')}.`,
          answer,
        };
    },
  },
  {
    id: 'import/windows-signs',
    severity: 'warning',
    kinds: ['import'],
    profile: 'rackspace',
    source: faq,
    summary: 'NTFS and partitions of Windows make an image suspect without proving that it is Windows.',
    example: {
      kind: 'import',
      bad: importOf('web'),
      good: importOf('web'),
      disk: soundDisk({ guest: { layout: 'mbr: NTFS', windows: [], windowsSigns: ['NTFS on partition 1'] } }),
    },
    *check({ facts: { disk } }) {
      const guest = disk && disk !== 'missing' ? disk.vhd?.guest : undefined;
      if (!guest || guest.windows.length > 0 || guest.windowsSigns.length === 0) return;
      yield {
        pointer: from,
        message: `The disk may be Windows, which cannot be imported: ${guest.windowsSigns.join('; ')}. A data disk made by Windows is accepted.`,
      };
    },
  },
  {
    id: 'import/windows-name',
    severity: 'hint',
    kinds: ['import'],
    profile: 'rackspace',
    source: faq,
    summary: 'A name that speaks of Windows; the import is refused if the disk is.',
    example: { kind: 'import', bad: importOf('windows-2012'), good: importOf('web') },
    *check({ manifest }): Generator<Observation> {
      const name = propertiesOf(manifest)['name'];
      if (typeof name !== 'string' || !/\b(windows|win(dows)?[-_ ]?(server|\d+|xp|nt))/i.test(name)) return;
      yield {
        pointer: '/input/image_properties/name',
        message: 'The name speaks of Windows: Windows images cannot be imported.',
      };
    },
  },
];

function* declarations(subject: Subject): Generator<{ pointer: string; text: string }> {
  for (const [name, value] of windowsKeys(propertiesOf(subject.manifest))) {
    yield {
      pointer: `/input/image_properties${pointerTo(name)}`,
      text: `The import declares it: ${name} is '${value}'.`,
    };
  }
  if (typeof inputOf(subject.manifest)['import_from'] !== 'string') return;
  for (const { kind, data } of subject.facts.following ?? [])
    for (const { name, value } of windowsDeclarations(kind, data))
      yield { pointer: from, text: `A following ${kind} document declares it: ${name} is '${value}'.` };
}

/** What a document behind an import says of Windows: the key of an image, or the operation of a patch. */
export function windowsDeclarations(
  kind: Kind,
  data: Json,
): { readonly name: string; readonly value: string; readonly pointer: string }[] {
  if (kind === 'image')
    return imagesOf(data).flatMap(({ pointer, image }) =>
      windowsKeys(image).map(([name, value]) => ({ name, value, pointer: pointer + pointerTo(name) })),
    );
  return operationsOf(data).flatMap(({ at, operation }) =>
    windowsKeys({ [nameOf(operation)]: operation.value ?? null }).map(([name, value]) => ({
      name,
      value,
      pointer: pointerTo(at),
    })),
  );
}

/** Which properties declare Windows, and with which value. */
function windowsKeys(properties: JsonObject): [string, string][] {
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && declaresWindows(name, value) ? [[name, value]] : [],
  );
}

/** Tells whether a property declares Windows (DECISIONS 4). */
export function declaresWindows(name: string, value: Json): boolean {
  return typeof value === 'string' && declared.get(name)?.test(value) === true;
}

const declared: ReadonlyMap<string, RegExp> = new Map([
  ['os_type', /^windows$/i],
  ['os_distro', /^windows$/i],
  ['org.openstack__1__os_distro', /^com\.microsoft(\.|$)/i],
]);

function importOf(name: string, more = ''): string {
  return `type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties:\n    name: ${name}${more}\n`;
}
