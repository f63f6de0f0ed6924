import { t } from '@vscode/l10n';
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
    { label: t('ID'), value: text('id'), copies: true },
    { label: t('Status'), value: status, ...explain(statuses[status]) },
    { label: t('Visibility'), value: text('visibility'), ...explain(visibilities[text('visibility')]) },
    { label: t('Owner'), value: text('owner'), about: describeOwner(seen, person), copies: true },
    { label: t('Created'), value: formatMoment(text('created_at'), now) },
    { label: t('Changed'), value: formatMoment(text('updated_at'), now) },
    {
      label: t('Formats'),
      value: t`${text('disk_format') || t('none')} in ${text('container_format') || t('none')}`,
      ...explain(containers[text('container_format')]),
    },
    image.get('protected') === true
      ? { label: t('Protected'), value: t('yes'), about: t('Nobody can delete it until that is taken away.') }
      : undefined,
  ];
  return {
    id: 'identity',
    title: t('Identity'),
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
  queued: t('It has no data yet.'),
  saving: t('Its data is being written.'),
  uploading: t('Its data is being sent.'),
  importing: t('Its data is being imported.'),
  active: t('Its data is whole, and servers can be built of it.'),
  deactivated: t('It is listed, shared and edited; no server is built of it, and it is not exported.'),
  killed: t('Its data could not be written. It can only be deleted.'),
  pending_delete: t('It is about to be removed.'),
  deleted: t('It is gone.'),
};

const visibilities: Readonly<Record<string, string>> = {
  private: t('Its account alone sees it, and those that it shares it with.'),
  shared: t('Its account sees it, and those that it shares it with.'),
  public: t('Everybody sees it.'),
  community: t('Everybody can use it who knows its ID.'),
};

/** SOURCES: vhd §1; DECISIONS 22. */
const containers: Readonly<Record<string, string>> = {
  ovf: t('An OVA is stored: an archive with the disk in it.'),
  ova: t('An archive with the disk in it is stored.'),
  bare: t('The disk is stored as it is.'),
};

function explain(about: string | undefined): { about?: string } {
  return about === undefined ? {} : { about };
}

function describeOwner({ image, answer, ofOthers }: LiveImage, person: Person): string {
  if (isOwn(image, person)) return t('Your account.');
  if (ofOthers) return t('Another account. You see the image as administrator of the cloud.');
  return answer === undefined
    ? t('Another account.')
    : t`Another account, which shares it with yours (${answer}).`;
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
        [name, name === 'tags' ? readTags(seen.image).join(', ') || t('none') : write(value)] as const,
    )
    .sort(([one], [other]) => one.localeCompare(other, 'en'));
  const groups = Map.groupBy(rows, ([name]) => findKeeper(name, seen, person));
  return {
    id: 'properties',
    title: t('Properties'),
    state: ready,
    parts: [...groups]
      .sort(([one], [other]) => Number(other === yours) - Number(one === yours))
      .map(([caption, listed]) => ({
        kind: 'table',
        caption,
        head: [t('Property'), t('Value')],
        rows: listed,
      })),
  };
}

const yours = t('Yours to change');

/** Says who keeps a property from being changed. */
function findKeeper(name: string, { image, ofOthers }: LiveImage, person: Person): string {
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved') return t('Set by the service alone');
  if (isProtected(name, person.profile)) return t('Protected by the cloud: customers cannot change them');
  if (!isOwn(image, person) && !ofOthers) return t('Changed by the account of the image alone');
  return refuseEditing(name, person) ?? yours;
}

function write(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
