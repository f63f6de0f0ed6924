import { classOf, isProtected } from '../../../server/rules/service/attributes.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { isOwn, readTags } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import { refuseEditing } from '../../documents/writableNames.ts';
import { formatMoment } from '../../ui/units.ts';
import type { Fact, Section } from '../protocol.ts';
import { ready } from './fetched.ts';

/** What an image is called, whose it is, and what its state means. */
export function describeIdentity(seen: LiveImage, person: Person, now: number): Section {
  const { image } = seen;
  const text = (name: string): string => {
    const value = image.get(name);
    return value === undefined || value === null ? '' : String(value);
  };
  const status = text('status');
  const facts: readonly (Fact | undefined)[] = [
    { label: 'ID', value: text('id'), copies: true },
    { label: 'Status', value: status, ...explain(statuses[status]) },
    { label: 'Visibility', value: text('visibility'), ...explain(visibilities[text('visibility')]) },
    { label: 'Owner', value: text('owner'), about: describeOwner(seen, person), copies: true },
    { label: 'Created', value: formatMoment(text('created_at'), now) },
    { label: 'Changed', value: formatMoment(text('updated_at'), now) },
    {
      label: 'Formats',
      value: `${text('disk_format') || 'none'} in ${text('container_format') || 'none'}`,
      ...explain(containers[text('container_format')]),
    },
    image.get('protected') === true
      ? { label: 'Protected', value: 'yes', about: 'Nobody can delete it until that is taken away.' }
      : undefined,
  ];
  return {
    id: 'identity',
    title: 'Identity',
    state: ready,
    parts: [
      {
        kind: 'facts',
        rows: facts.filter((fact): fact is Fact => fact !== undefined && fact.value !== ''),
      },
    ],
  };
}

/** SOURCES: rackspace §1.3. */
const statuses: Readonly<Record<string, string>> = {
  queued: 'It has no data yet.',
  saving: 'Its data is being written.',
  uploading: 'Its data is being sent.',
  importing: 'Its data is being imported.',
  active: 'Its data is whole, and servers can be built of it.',
  deactivated: 'It is listed, shared and edited; no server is built of it, and it is not exported.',
  killed: 'Its data could not be written. It can only be deleted.',
  pending_delete: 'It is about to be removed.',
  deleted: 'It is gone.',
};

const visibilities: Readonly<Record<string, string>> = {
  private: 'Its account alone sees it, and those that it shares it with.',
  shared: 'Its account sees it, and those that it shares it with.',
  public: 'Everybody sees it.',
  community: 'Everybody can use it who knows its ID.',
};

/** SOURCES: vhd §1; DECISIONS 22. */
const containers: Readonly<Record<string, string>> = {
  ovf: 'An OVA is stored: an archive with the disk in it.',
  ova: 'An archive with the disk in it is stored.',
  bare: 'The disk is stored as it is.',
};

function explain(about: string | undefined): { about?: string } {
  return about === undefined ? {} : { about };
}

function describeOwner({ image, answer, ofOthers }: LiveImage, person: Person): string {
  if (isOwn(image, person)) return 'Your account.';
  if (ofOthers) return 'Another account. You see the image as administrator of the cloud.';
  return answer === undefined
    ? 'Another account.'
    : `Another account, which shares it with yours (${answer}).`;
}

/** Those that other sections of the page explain. */
const shownElsewhere: ReadonlySet<string> = new Set([
  ...['id', 'name', 'status', 'visibility', 'owner', 'created_at', 'updated_at', 'protected'],
  ...['disk_format', 'container_format', 'size', 'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value'],
  ...['self', 'file', 'schema', 'instance_uuid', 'base_image_ref'],
]);

/** The properties of an image by who can change them, with the reason where the person cannot. */
export function describeProperties(seen: LiveImage, person: Person): Section {
  const rows = [...seen.image]
    .filter(([name]) => !shownElsewhere.has(name))
    .map(
      ([name, value]) =>
        [name, name === 'tags' ? readTags(seen.image).join(', ') || 'none' : write(value)] as const,
    )
    .sort(([one], [other]) => one.localeCompare(other, 'en'));
  const groups = Map.groupBy(rows, ([name]) => findKeeper(name, seen, person));
  return {
    id: 'properties',
    title: 'Properties',
    state: ready,
    parts: [...groups]
      .sort(([one], [other]) => Number(other === yours) - Number(one === yours))
      .map(([caption, listed]) => ({ kind: 'table', caption, head: ['Property', 'Value'], rows: listed })),
  };
}

const yours = 'Yours to change';

/** Says who keeps a property from being changed. */
function findKeeper(name: string, { image, ofOthers }: LiveImage, person: Person): string {
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved') return 'Set by the service alone';
  if (isProtected(name, person.profile)) return 'Protected by the cloud: customers cannot change them';
  if (!isOwn(image, person) && !ofOthers) return 'Changed by the account of the image alone';
  return refuseEditing(name, person) ?? yours;
}

function write(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
