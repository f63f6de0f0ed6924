import { t } from '@vscode/l10n';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import type { ImageGroup } from '../../cloud/serverImages.ts';
import { formatAge, formatSize } from '../../ui/units.ts';

/** The groups of the sidebar, and which of them are shown while they are empty. */
export const imageGroups: readonly {
  readonly id: ImageGroup;
  readonly label: string;
  readonly about: string;
  readonly always: boolean;
}[] = [
  { id: 'own', label: t('Your Images'), about: t('Images that your account made.'), always: true },
  {
    id: 'deleted-servers',
    label: t('Deleted Servers'),
    about: t('Images whose server is gone, and imported ones, as the Cloud Control Panel lists them.'),
    always: true,
  },
  {
    id: 'waiting',
    label: t('Waiting for Your Answer'),
    about: t('Other accounts share these with yours. Accept those that you know and trust.'),
    always: false,
  },
  {
    id: 'shared',
    label: t('Shared with You'),
    about: t('Images of other accounts that yours has accepted.'),
    always: true,
  },
  {
    id: 'rejected',
    label: t('Rejected'),
    about: t('Images of other accounts that yours has rejected. They can still be accepted.'),
    always: false,
  },
  {
    id: 'others',
    label: t('Other Accounts'),
    about: t(
      'Images that other accounts do not share with yours. You see them as administrator of the cloud.',
    ),
    always: false,
  },
  { id: 'public', label: t('Public'), about: t('Images that everybody sees.'), always: false },
];

/**
 * An image as one row: name · operating system · size · age · state, with its account where that is another; and the same
 * as a screen reader says it. `marks`: what is special about it.
 */
export function imageRow(
  { image, answer, ofOthers }: LiveImage,
  now: number,
  marks: readonly string[] = [],
): { label: string; description: string; spoken: string } {
  const text = (name: string): string => {
    const value = image.get(name);
    return typeof value === 'string' ? value : '';
  };
  const size = image.get('size');
  const label = text('name') || text('id');
  const parts = [
    describeSystem(image),
    typeof size === 'number' && size > 0 ? formatSize(size) : '',
    formatAge(text('created_at'), now),
    text('status'),
    image.get('protected') === true ? t('protected') : '',
    ...marks,
    answer === undefined && !ofOthers ? '' : t`from ${text('owner')}`,
  ].filter((part) => part !== '');
  return { label, description: parts.join(' · '), spoken: [label, ...parts].join(', ') };
}

/** Name and version of the guest, of whichever properties say it (SOURCES: rackspace §2.2). */
export function describeSystem(image: Image): string {
  const text = (name: string): string => {
    const value = image.get(name);
    return typeof value === 'string' ? value : '';
  };
  const distro = text('os_distro') || text('org.openstack__1__os_distro').replace(/^(org|com)\./, '');
  const version = text('os_version') || text('org.openstack__1__os_version');
  const name = names.get(distro.toLowerCase()) ?? capital(distro || text('os_type'));
  return [name, name === '' ? '' : version].filter((part) => part !== '').join(' ');
}

const names: ReadonlyMap<string, string> = new Map([
  ['centos', 'CentOS'],
  ['rhel', 'Red Hat Enterprise Linux'],
  ['redhat', 'Red Hat Enterprise Linux'],
  ['microsoft.server', 'Windows Server'],
  ['windows', 'Windows Server'],
  ['freebsd', 'FreeBSD'],
  ['opensuse', 'openSUSE'],
  ['coreos', 'CoreOS'],
  ['vyatta', 'Vyatta'],
]);

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
