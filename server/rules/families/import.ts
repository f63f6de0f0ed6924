import { articles } from '../articles.ts';
import type { DiskFacts, VhdFacts } from '../facts.ts';
import { isObject, pointerTo } from '../json.ts';
import { convertAdvice, isMendable, isRoundedUp, repairAdvice } from '../mending.ts';
import { nearest } from '../nearest.ts';
import type { Limits } from '../profile/profile.ts';
import type { Observation, Rule } from '../rule.ts';
import { exactBytes, gigabytes, importFailures } from '../service/answers.ts';
import { show } from '../service/attributes.ts';
import { gib, inputOf, propertiesOf, soundDisk, webImport } from '../service/importBody.ts';
import { renameFix } from '../valueFixes.ts';
import { declaresWindows, windowsRules } from './windows.ts';

const guide = 'Cloud Images guide, task to import image: error codes';
const prepare = articles.preparing;
const from = '/input/import_from';
const xenCheck = 'XenServer, vhd-util check; DECISIONS 3';

type Check = (disk: DiskFacts, limits: Limits) => Omit<Observation, 'pointer'> | undefined;

/** A rule about the disk that an import names. */
function diskRule(
  rule: Pick<Rule, 'id' | 'summary'> & Partial<Pick<Rule, 'severity' | 'source' | 'order'>>,
  example: DiskFacts,
  check: Check,
): Rule {
  return {
    severity: 'error',
    source: guide,
    ...rule,
    kinds: ['import'],
    profile: 'rackspace',
    example: { kind: 'import', bad: webImport, good: webImport, disk: example, goodDisk: soundDisk() },
    *check({ facts }) {
      const found =
        facts.disk && facts.disk !== 'missing' ? check(facts.disk, facts.profile.limits) : undefined;
      if (found) yield { pointer: from, ...found };
    },
  };
}

export const importRules: readonly Rule[] = [
  {
    id: 'import/object',
    order: 1,
    severity: 'error',
    kinds: ['import'],
    profile: 'rackspace',
    source: guide,
    summary: 'import_from names an object of the account in the same region, as container/object.',
    example: { kind: 'import', bad: webImport.replace('exports/', ''), good: webImport },
    *check(subject) {
      const name = inputOf(subject.manifest)['import_from'];
      if (typeof name !== 'string') return;
      const answer = { task: importFailures.objectMissing() };
      const wrong = refuseObjectName(name);
      if (wrong !== undefined) yield { pointer: from, message: wrong, answer };
      else if (subject.facts.disk === 'missing')
        yield { pointer: from, message: `There is no object ${show(name)}. Upload the disk first.`, answer };
    },
  },
  diskRule(
    { id: 'import/not-vhd', order: 2, summary: 'Only VHD files can be imported.' },
    { name: 'exports/web.vhd', format: 'qcow2', physicalSize: gib },
    (disk) =>
      disk.vhd
        ? undefined
        : {
            message: `${disk.name} is not a VHD: ${formatNames[disk.format]}. ${convertAdvice(disk)}`,
            answer: { task: importFailures.notVhd() },
          },
  ),
  diskRule(
    { id: 'import/damaged', order: 3, summary: 'The VHD must pass validation.' },
    soundDisk({ damage: [{ field: 'footer checksum', text: 'Its bytes add up to another.' }] }),
    (disk) =>
      disk.vhd && disk.vhd.damage.length > 0
        ? {
            message: `${disk.name} is damaged: ${disk.vhd.damage.map(({ field, text }) => `${field}: ${text}`).join(' ')} ${isMendable(disk.vhd) ? repairAdvice(disk) : 'Write it anew from its source.'}`,
            answer: { task: importFailures.damaged() },
            ...cureOf(disk),
          }
        : undefined,
  ),
  diskRule(
    { id: 'import/disk-type', order: 4, summary: 'Only fixed and dynamic VHDs can be imported.' },
    soundDisk({ type: 5 }),
    ({ name, vhd }) =>
      vhd && ![2, 3, 4].includes(vhd.type)
        ? {
            message: `${name} has the disk type ${vhd.type}; it must be 2 (fixed) or 3 (dynamic).`,
            answer: { task: importFailures.diskType() },
          }
        : undefined,
  ),
  diskRule(
    { id: 'import/parent', order: 5, summary: 'A VHD with a parent disk cannot be imported.' },
    soundDisk({ type: 4 }),
    ({ name, vhd }) =>
      vhd?.type === 4
        ? {
            message: `${name} is a differencing disk: it has only what changed since its parent. Merge the chain into one VHD.`,
            answer: { task: importFailures.parent() },
          }
        : undefined,
  ),
  diskRule(
    {
      id: 'import/zero-uuid',
      order: 6,
      summary: "The VHD's unique identifier is not zero.",
    },
    soundDisk({ zeroUuid: true }),
    (disk) =>
      disk.vhd?.zeroUuid
        ? {
            message: `${disk.name} has a unique identifier of zeros. ${isMendable(disk.vhd) ? repairAdvice(disk) : 'Give it one.'}`,
            answer: { task: importFailures.zeroUuid() },
            ...cureOf(disk),
          }
        : undefined,
  ),
  diskRule(
    {
      id: 'import/virtual-size',
      order: 7,
      summary: 'The virtual size of the disk has a limit.',
    },
    soundDisk({ virtualSize: 41 * gib }),
    (disk, limits) => {
      const { name, vhd } = disk;
      const limit = limits.importVirtualBytes;
      if (!vhd || vhd.virtualSize <= limit) return undefined;
      const cured = isMendable(vhd) && isRoundedUp(vhd, limit);
      return {
        message: oversize(
          name,
          'a virtual size',
          vhd.virtualSize,
          limit,
          cured ? `What is over was rounded up and is empty. ${repairAdvice(disk)}` : undefined,
        ),
        answer: { task: importFailures.virtualSize(limits) },
        ...(cured ? cureOf(disk) : {}),
      };
    },
  ),
  diskRule(
    { id: 'import/physical-size', order: 8, summary: 'The size of the file has a limit.' },
    soundDisk({}, 41 * gib),
    ({ name, physicalSize, vhd }, limits) =>
      vhd && physicalSize > limits.importPhysicalBytes + vhd.metadataSize
        ? {
            message: oversize(name, 'a physical size', physicalSize, limits.importPhysicalBytes),
            answer: { task: importFailures.physicalSize(limits) },
          }
        : undefined,
  ),
  ...windowsRules,
  {
    id: 'import/properties',
    order: 10,
    marks: 'key',
    severity: 'error',
    kinds: ['import'],
    profile: 'rackspace',
    source: 'Cloud Images guide, task to import image: image_properties takes only name',
    summary: 'image_properties of an import takes the name and nothing else.',
    example: { kind: 'import', bad: `${webImport}    vm_mode: hvm\n`, good: webImport },
    *check({ manifest }) {
      const properties = propertiesOf(manifest);
      for (const [key, value] of Object.entries(properties)) {
        // What declares Windows is refused for that.
        if (key === 'name' || declaresWindows(key, value)) continue;
        const pointer = `/input/image_properties${pointerTo(key)}`;
        const isName = !Object.hasOwn(properties, 'name') && nearest(key, ['name']) !== undefined;
        yield {
          pointer,
          message: `An import takes no property but the name. Set '${key}' on the image after the import.`,
          answer: { task: importFailures.extraProperties() },
          fixes: [
            ...(isName ? [renameFix(pointer, 'name')] : []),
            { title: `Remove '${key}'`, edits: [{ do: 'remove', pointer }] },
          ],
        };
      }
    },
  },
  {
    id: 'import/name',
    severity: 'warning',
    kinds: ['import'],
    profile: 'rackspace',
    source: 'Cloud Images guide, task to import image; DECISIONS 5',
    summary: 'Without a name the image takes that of the object.',
    example: { kind: 'import', bad: webImport.replace('\n    name: web', ' {}'), good: webImport },
    *check({ manifest }) {
      const input = inputOf(manifest);
      const name = input['import_from'];
      if (typeof name !== 'string' || Object.hasOwn(propertiesOf(manifest), 'name')) return;
      const object = name.slice(name.indexOf('/') + 1);
      const title = object.replace(/^.*\//, '').replace(/\.vhd$/i, '');
      const edit = isObject(input['image_properties'])
        ? ({ do: 'set', pointer: '/input/image_properties/name', value: title } as const)
        : ({ do: 'set', pointer: '/input/image_properties', value: { name: title } } as const);
      yield {
        pointer: from,
        message: `The image has no name and will be called '${object}'. Add image_properties with a name.`,
        fixes: [{ title: `Name it '${title}'`, edits: [edit] }],
      };
    },
  },
  diskRule(
    {
      id: 'import/creator',
      summary: 'A VHD that QEMU wrote cannot be resized to a flavor, and servers built from it fail.',
      severity: 'warning',
      source: prepare,
    },
    soundDisk({ creator: 'qemu' }),
    (disk) =>
      disk.vhd && isByQemu(disk.vhd)
        ? {
            message: `${disk.name} was written by QEMU (creator '${disk.vhd.creator}'): it imports, but cannot be resized to a flavor, so servers built from it fail. ${isMendable(disk.vhd) ? repairAdvice(disk) : "The creator should be 'tap'."}`,
            ...cureOf(disk),
          }
        : undefined,
  ),
  diskRule(
    {
      id: 'import/creation-time',
      summary: 'A VHD that was made in the future does not pass the check of XenServer.',
      severity: 'warning',
      source: xenCheck,
    },
    soundDisk({ madeAhead: '2099-01-01T00:00:00.000Z' }),
    (disk) =>
      disk.vhd?.madeAhead === undefined || !isMendable(disk.vhd)
        ? undefined
        : {
            message: `${disk.name} says that it was made on ${disk.vhd.madeAhead.slice(0, 10)}, which is ahead: XenServer's own check refuses it. ${repairAdvice(disk)}`,
            ...cureOf(disk),
          },
  ),
  diskRule(
    {
      id: 'import/geometry',
      summary: 'A VHD whose geometry is larger than its size does not pass the check of XenServer.',
      severity: 'warning',
      source: xenCheck,
    },
    soundDisk({ geometryTooLarge: true }),
    // Of a disk by QEMU it is said already, and one repair mends both.
    (disk) =>
      disk.vhd?.geometryTooLarge && isMendable(disk.vhd) && !isByQemu(disk.vhd)
        ? {
            message: `${disk.name} has more cylinders, heads and sectors than its size: XenServer's own check refuses it. ${repairAdvice(disk)}`,
            ...cureOf(disk),
          }
        : undefined,
  ),
  {
    id: 'import/unchecked',
    severity: 'information',
    strict: 'error', // as `lint --require-disks`
    kinds: ['import'],
    profile: 'rackspace',
    source: 'This extension',
    summary: 'The disk of an import was not found on this machine, so it was not checked.',
    example: { kind: 'import', bad: webImport, good: webImport, goodDisk: soundDisk() },
    *check({ manifest, facts }) {
      const name = inputOf(manifest)['import_from'];
      if (facts.disk !== undefined || typeof name !== 'string' || refuseObjectName(name) !== undefined)
        return;
      const [container = ''] = name.split('/');
      yield {
        pointer: from,
        message: `Not checked: the disk ${show(name)} was not found${facts.diskPlaces === undefined ? '' : ` (looked for at ${facts.diskPlaces})`}. Put it into a folder named '${container}', or name the folder in the setting cloudImages.containers.`,
      };
    },
  },
];

/** Says why a text names no object of Cloud Files, whatever there is; undefined where it may. */
function refuseObjectName(name: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
    return `${show(name)} is a URL. Write the place in Cloud Files, as container/object.`;
  if (!/^[^/]+\/./.test(name))
    return `${show(name)} does not name a container and an object. Write container/object.`;
  const parts = name.split('/');
  const odd = parts.find((part) => part === '.' || part === '..');
  if (odd !== undefined)
    return `${show(name)} names no object: '${odd}' is no step to another folder there. Write container/object.`;
  return parts.at(-1) === ''
    ? `${show(name)} names a folder and no object. Write container/object, without a slash at the end.`
    : undefined;
}

/** Only where the repair leaves the disk without this finding. */
function cureOf({ vhd }: DiskFacts): Pick<Observation, 'curedBy'> {
  return vhd && isMendable(vhd) ? { curedBy: 'repairDisk' } : {};
}

function isByQemu({ creator }: VhdFacts): boolean {
  return /^qem[u2]$/.test(creator);
}

const formatNames: Record<DiskFacts['format'], string> = {
  vhd: 'VHD',
  vhdx: 'it is a VHDX',
  qcow2: 'it is a QCOW2',
  qed: 'it is a QED',
  vmdk: 'it is a VMDK',
  vdi: 'it is a VDI',
  iso: 'it is an ISO, which cannot be imported',
  luks: 'it is encrypted by LUKS',
  gzip: 'it is compressed with gzip',
  bzip2: 'it is compressed with bzip2',
  xz: 'it is compressed with xz',
  zstd: 'it is compressed with zstd',
  zip: 'it is a zip archive',
  tar: 'it is a tar archive, such as an OVA',
  text: 'it is text',
  empty: 'it is empty',
  raw: 'it has no VHD footer',
};

function oversize(
  name: string,
  what: string,
  found: number,
  limit: number,
  remedy = 'Shrink the file system and the disk.',
): string {
  return `${name} has ${what} of ${gigabytes(found)} (${exactBytes(found)}); the limit is ${gigabytes(limit)} (${exactBytes(limit)}). ${remedy}`;
}
