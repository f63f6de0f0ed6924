import { t } from '@vscode/l10n';
import { cloudAnswer } from '../../server/rules/evaluate.ts';
import type { Facts } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import type { Action, Verb } from '../../server/rules/profile/profile.ts';
import { isCloudAdmin } from '../../server/rules/service/changes.ts';
import { refuseShare } from '../../server/rules/service/sharing.ts';
import { isUrlSafe } from '../../server/rules/service/tagNames.ts';
import { judgeData } from '../../server/workspace/judge.ts';
import type { LiveImage } from './imageCollection.ts';
import { lacksRole, notOffered, type Person } from './roles.ts';

/** Verbs of an image's row. */
export type ImageVerb =
  | 'addTag'
  | 'removeTag'
  | 'fixTags'
  | 'rename'
  | 'protect'
  | 'unprotect'
  | 'share'
  | 'unshare'
  | 'export'
  | 'transfer'
  | 'apply'
  | 'delete'
  | 'deactivate'
  | 'reactivate'
  | 'verify'
  | 'accept'
  | 'reject'
  | 'reconsider';

interface Permission {
  /** The verb in words that an image can follow. */
  readonly doing: string;
  readonly action: Action;
  readonly verb?: Verb;
  /** Returns why there is nothing to do: said to who tries, and no reason to be listed. */
  readonly done?: (seen: LiveImage) => string | undefined;
  /** Returns the reason that the image's state gives against it. */
  readonly unless?: (seen: LiveImage, person: Person) => string | undefined;
}

const permissions: Readonly<Record<ImageVerb, Permission>> = {
  addTag: { doing: t('tag'), action: 'tag', verb: 'tag' },
  removeTag: {
    doing: t('remove a tag from'),
    action: 'tag',
    verb: 'tag',
    done: ({ image }) => (readTags(image).length === 0 ? t('It has no tags.') : undefined),
  },
  fixTags: {
    doing: t('fix the tags of'),
    action: 'tag',
    verb: 'tag',
    done: ({ image }) =>
      readTags(image).every(isUrlSafe) ? t('Each of its tags can stand in a URL.') : undefined,
  },
  rename: { doing: t('rename'), action: 'administer', verb: 'patch' },
  protect: {
    doing: t('protect'),
    action: 'administer',
    verb: 'patch',
    done: ({ image }) => (isProtected(image) ? t('It is already protected.') : undefined),
  },
  unprotect: {
    doing: t('remove the protection from'),
    action: 'administer',
    verb: 'patch',
    done: ({ image }) => (isProtected(image) ? undefined : t('It is not protected.')),
  },
  share: {
    doing: t('share'),
    action: 'share',
    verb: 'share',
    unless: ({ image }, person) =>
      refuseShare({ member: 'any account' }, new Set(), { image, ...person })?.text,
  },
  unshare: { doing: t('stop sharing'), action: 'administer', verb: 'share' },
  export: { doing: t('export'), action: 'administer', verb: 'exportTask', unless: refuseAnyExport },
  transfer: { doing: t('transfer'), action: 'administer', unless: refuseAnyExport },
  apply: { doing: t('apply a manifest to'), action: 'tag', verb: 'patch' },
  delete: {
    doing: t('delete'),
    action: 'administer',
    unless: ({ image }) =>
      isProtected(image) ? t('It is protected against deletion. Remove the protection first.') : undefined,
  },
  deactivate: {
    doing: t('deactivate'),
    action: 'administer',
    verb: 'deactivate',
    done: ({ image }) => (isDeactivated(image) ? t('It is already deactivated.') : undefined),
    unless: ({ image }) =>
      image.get('status') === 'active' || isDeactivated(image) ? undefined : t('It is not active.'),
  },
  reactivate: {
    doing: t('reactivate'),
    action: 'administer',
    verb: 'deactivate',
    done: ({ image }) => (isDeactivated(image) ? undefined : t('It is not deactivated.')),
  },
  verify: {
    doing: t('verify'),
    action: 'read',
    unless: ({ image }) =>
      image.get('status') === 'active' ? undefined : t('It has no data to read: it is not active.'),
  },
  accept: answering(t('accept'), 'accepted'),
  reject: answering(t('reject'), 'rejected'),
  reconsider: answering(t('take back your answer to'), 'pending'),
};

/** Returns why the person cannot do it to this image, in a sentence or two; nothing where the cloud lets them. */
export function forbids(verb: ImageVerb, seen: LiveImage, person: Person): string | undefined {
  const reason = reasonAgainst(verb, seen, person);
  return reason && t`You cannot ${permissions[verb].doing} “${readName(seen.image)}”. ${reason}`;
}

/** Returns why the person can do it to no image at all. */
export function forbidsAll(verb: ImageVerb, person: Person): string | undefined {
  const reason = reasonAgainstAll(verb, person);
  return reason && t`You cannot ${permissions[verb].doing} an image. ${reason}`;
}

/** Returns the verb in words that an image can follow: `remove a tag from`. */
export function describeVerb(verb: ImageVerb): string {
  return permissions[verb].doing;
}

/** Lists the verbs of an image's row, and whether each can be used now. */
export function listVerbs(seen: LiveImage, person: Person): readonly { verb: ImageVerb; can: boolean }[] {
  return rowVerbs(seen, person).map((verb) => ({
    verb,
    can: reasonAgainst(verb, seen, person) === undefined,
  }));
}

/** Lists why verbs of an image's row are forbidden now: a sentence for each reason. */
export function listReasons(seen: LiveImage, person: Person): string[] {
  const reasons = new Map<string, string[]>();
  for (const verb of rowVerbs(seen, person)) {
    const reason = forbiddenBy(verb, seen, person);
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), permissions[verb].doing]);
  }
  const list = new Intl.ListFormat('en', { type: 'disjunction' });
  return [...reasons].map(([reason, doing]) => t`You cannot ${list.format(doing)} it. ${reason}`);
}

export function isOwn(image: LiveImage['image'], { caller }: Person): boolean {
  return image.get('owner') === caller.account;
}

export function readName(image: LiveImage['image']): string {
  return String(image.get('name') || image.get('id') || '');
}

export function readTags(image: LiveImage['image']): string[] {
  const tags = image.get('tags');
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

function isProtected(image: LiveImage['image']): boolean {
  return image.get('protected') === true;
}

function isDeactivated(image: LiveImage['image']): boolean {
  return image.get('status') === 'deactivated';
}

function answering(doing: string, status: NonNullable<LiveImage['answer']>): Permission {
  return {
    doing,
    action: 'administer',
    verb: 'share',
    done: ({ answer }) => (answer === status ? t`Your answer is already “${status}”.` : undefined),
  };
}

/** Returns the words of the task that would fail, whatever the container. */
function refuseAnyExport(seen: LiveImage, person: Person): string | undefined {
  return person.profile.offers.exportTask ? judgeExport(seen, person).refusal : undefined;
}

/** Tells what the cloud would say of an export, whatever the container, and whether the export could be imported again. */
export function judgeExport(
  { image }: LiveImage,
  { profile, caller }: Person,
): { readonly refusal?: string | undefined; readonly isReimportable: boolean } {
  const input = { image_uuid: String(image.get('id')), receiving_swift_container: 'exports' };
  const findings = judgeData('export', { type: 'export', input }, { profile, caller, image });
  return {
    refusal: readRefusal(findings),
    isReimportable: findings.every(({ rule }) => rule !== 'export/round-trip'),
  };
}

/** Returns the words in which the cloud would refuse an export. */
export function exportRefusal(body: Json, facts: Facts): string | undefined {
  return readRefusal(judgeData('export', body, facts));
}

function readRefusal(findings: ReturnType<typeof judgeData>): string | undefined {
  const answer = cloudAnswer(findings)?.answer;
  return answer && ('task' in answer ? answer.task : t`${answer.text} (HTTP ${answer.status})`);
}

function rowVerbs({ image, answer, ofOthers }: LiveImage, person: Person): ImageVerb[] {
  if (!isOwn(image, person) && !ofOthers)
    return answer === undefined ? [] : ['accept', 'reject', 'reconsider'];
  const protection = isProtected(image) ? 'unprotect' : 'protect';
  const activity = isDeactivated(image) ? 'reactivate' : 'deactivate';
  return [
    'addTag',
    'removeTag',
    'fixTags',
    'rename',
    protection,
    'share',
    'unshare',
    'export',
    'transfer',
    'apply',
    'verify',
    activity,
    'delete',
  ];
}

function reasonAgainst(verb: ImageVerb, seen: LiveImage, person: Person): string | undefined {
  return forbiddenBy(verb, seen, person) ?? permissions[verb].done?.(seen);
}

function forbiddenBy(verb: ImageVerb, seen: LiveImage, person: Person): string | undefined {
  return (
    reasonAgainstAll(verb, person) ??
    ownerReason(verb, seen, person) ??
    permissions[verb].unless?.(seen, person)
  );
}

function reasonAgainstAll(verb: ImageVerb, { profile, caller }: Person): string | undefined {
  const { action, verb: offered } = permissions[verb];
  if (offered && !profile.offers[offered]) return notOffered(profile);
  return lacksRole('images', action, { profile, caller });
}

/** Returns why the person may not change what is in Cloud Files, or not even read it. */
export function forbidsFiles(action: 'read' | 'administer', person: Person): string | undefined {
  const reason = lacksRole('files', action, person);
  if (reason === undefined) return undefined;
  return action === 'read'
    ? t`You cannot read Cloud Files. ${reason}`
    : t`You cannot change Cloud Files. ${reason}`;
}

/** Lets owners change an image, and those with whom it is shared answer. */
function ownerReason(verb: ImageVerb, { image, answer }: LiveImage, person: Person): string | undefined {
  const answers = verb === 'accept' || verb === 'reject' || verb === 'reconsider';
  if (answers) return answer === undefined ? t('It is not shared with your account.') : undefined;
  if (isOwn(image, person) || isCloudAdmin(person)) return undefined;
  return t('It belongs to another account.');
}
