/** An operator's protection of properties that the cases give to images. */
import type { PropertyProtection } from '../../../server/rules/profile/profile.ts';

const all = ['@'];
const none = ['!'];
const operator = ['admin'];

export const protection: readonly PropertyProtection[] = [
  { match: 'team|p\\d', create: all, read: all, update: all, delete: all },
  { match: 'os_distro', create: operator, read: all, update: operator, delete: operator },
  { match: 'hw_disk_bus', create: operator, read: operator, update: operator, delete: operator },
  { match: 'release', create: all, read: all, update: none, delete: none },
  { match: 'vm_mode', create: ['member'], read: all, update: ['member', 'admin'], delete: none },
  { match: 'com', create: all, read: all, update: all, delete: operator },
  { match: '[A-Za-z_]{9}', create: all, read: all, update: all, delete: all },
];
