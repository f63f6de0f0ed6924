import { t } from '@vscode/l10n';
import type { KnownUser } from '../cloud/cloudSource.ts';

/** The users of the emulator's demo data. Their password is no secret. */
export const demoUsers: readonly [KnownUser, ...KnownUser[]] = [
  { userName: 'owner', about: t('owns account 100001'), password: 'emulator' },
  { userName: 'partner', about: t('owns account 100002'), password: 'emulator' },
  { userName: 'admin', about: t('administers account 100001'), password: 'emulator' },
  { userName: 'observer', about: t('reads everything of account 100001'), password: 'emulator' },
  { userName: 'images-admin', about: t('administers the images of account 100001'), password: 'emulator' },
  { userName: 'creator', about: t('shares and tags images of account 100001'), password: 'emulator' },
  { userName: 'images-observer', about: t('reads and tags images of account 100001'), password: 'emulator' },
];
