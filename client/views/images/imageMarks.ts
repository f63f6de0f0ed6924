import { t } from '@vscode/l10n';
import type { Member } from '../../../server/cloud/services/members.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { isOwn, judgeExport } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import { formatCount } from '../../ui/units.ts';

/** What is special about an image: each as a word of its row, and as a sentence. */
export interface ImageMark {
  readonly text: string;
  readonly about: string;
}

/** Marks an image that is shared, can be exported, and imported again. `members`: as far as they are known. */
export function markImage(seen: LiveImage, person: Person, members: readonly Member[] = []): ImageMark[] {
  return [...markShared(members), ...markExportable(seen, person)];
}

function markShared(members: readonly Member[]): ImageMark[] {
  if (members.length === 0) return [];
  const names = members.map(({ account, status }) => `${account} (${status})`).join(', ');
  return [
    {
      text: t`shared with ${members.length}`,
      about: t`Shared with ${formatCount(members.length, 'account')}: ${names}.`,
    },
  ];
}

function markExportable(seen: LiveImage, person: Person): ImageMark[] {
  if (!person.profile.offers.exportTask || !isOwn(seen.image, person)) return [];
  const { refusal, isReimportable } = judgeExport(seen, person);
  if (refusal !== undefined) return [];
  return isReimportable
    ? [
        { text: t('exportable'), about: t('It can be exported.') },
        { text: t('importable again'), about: t('Its export can be imported again.') },
      ]
    : [{ text: t('exportable'), about: t('It can be exported, but is too large to be imported again.') }];
}
