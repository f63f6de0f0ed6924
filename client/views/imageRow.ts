import type { Image } from '../../server/cloud/images.ts';
import { ageText, sizeText } from '../units.ts';

/** The groups of the sidebar; the Control Panel lists imported images under *Deleted Servers* too. */
export const imageGroups = [
  { id: 'own', label: 'Your Images' },
  { id: 'deleted-servers', label: 'Deleted Servers' },
  { id: 'shared', label: 'Shared with You' },
  { id: 'public', label: 'Public' },
] as const;

export type ImageGroup = (typeof imageGroups)[number]['id'];

export function groupOf(image: Image, account: string): ImageGroup {
  if (image.get('owner') === account) return image.get('image_type') === 'import' ? 'deleted-servers' : 'own';
  return image.get('visibility') === 'public' ? 'public' : 'shared';
}

/** An image as one row: name · operating system · size · age · state; and the same as a screen reader says it. */
export function imageRow(image: Image, now: number): { label: string; description: string; spoken: string } {
  const text = (name: string): string => {
    const value = image.get(name);
    return typeof value === 'string' ? value : '';
  };
  const size = image.get('size');
  const label = text('name') || text('id');
  const parts = [
    operatingSystem(image),
    typeof size === 'number' && size > 0 ? sizeText(size) : '',
    ageText(text('created_at'), now),
    text('status'),
  ].filter((part) => part !== '');
  return { label, description: parts.join(' · '), spoken: [label, ...parts].join(', ') };
}

/** Name and version of the guest, of whichever properties say it (facts/rackspace.md §2.2). */
export function operatingSystem(image: Image): string {
  const text = (name: string): string => {
    const value = image.get(name);
    return typeof value === 'string' ? value : '';
  };
  const distro = text('os_distro') || text('org.openstack__1__os_distro').replace(/^(org|com)\./, '');
  const version = text('os_version') || text('org.openstack__1__os_version');
  const name = names[distro.toLowerCase()] ?? capital(distro || text('os_type'));
  return [name, name === '' ? '' : version].filter((part) => part !== '').join(' ');
}

const names: Readonly<Record<string, string>> = {
  centos: 'CentOS',
  rhel: 'Red Hat Enterprise Linux',
  redhat: 'Red Hat Enterprise Linux',
  'microsoft.server': 'Windows Server',
  windows: 'Windows Server',
  freebsd: 'FreeBSD',
  opensuse: 'openSUSE',
  coreos: 'CoreOS',
  vyatta: 'Vyatta',
};

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
