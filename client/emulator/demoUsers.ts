import type { KnownUser } from '../cloud/cloudSource.ts';

/** The users of the emulator's demo data. Their password is no secret. */
export const demoUsers: readonly [KnownUser, ...KnownUser[]] = [
  { userName: 'owner', about: 'owns account 100001', password: 'emulator' },
  { userName: 'partner', about: 'owns account 100002', password: 'emulator' },
  { userName: 'admin', about: 'administers account 100001', password: 'emulator' },
  { userName: 'observer', about: 'reads everything of account 100001', password: 'emulator' },
  { userName: 'images-admin', about: 'administers the images of account 100001', password: 'emulator' },
  { userName: 'creator', about: 'shares and tags images of account 100001', password: 'emulator' },
  { userName: 'images-observer', about: 'reads and tags images of account 100001', password: 'emulator' },
];
