import { cloudAnswer, evaluate } from '../../server/rules/evaluate.ts';
import type { Facts } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import type { Action, Caller, Profile, Service, Verb } from '../../server/rules/profile/profile.ts';
import { allows, rolesFor } from '../../server/rules/profile/roles.ts';
import { profiles, withLimits } from '../../server/rules/profile/table.ts';
import { isCloudAdmin } from '../../server/rules/service/changes.ts';
import { refuseShare } from '../../server/rules/service/sharing.ts';
import type { PublishedLimits } from '../../server/workspace/settings.ts';
import type { Context } from '../context.ts';
import type { LiveImage } from './liveImages.ts';

/** What a person may do to an image, and why not what they may not. */

/** Verbs of an image's row. */
export type ImageVerb =
  | 'addTag'
  | 'removeTag'
  | 'rename'
  | 'protect'
  | 'unprotect'
  | 'share'
  | 'unshare'
  | 'export'
  | 'transfer'
  | 'apply'
  | 'delete'
  | 'accept'
  | 'reject'
  | 'reconsider';

export interface Person {
  readonly profile: Profile;
  readonly caller: Caller;
}

interface Needed {
  /** In words that an image can follow. */
  readonly doing: string;
  readonly action: Action;
  readonly verb?: Verb;
  /** Why not to this image, by its state. */
  readonly unless?: (seen: LiveImage, person: Person) => string | undefined;
}

const table: Readonly<Record<ImageVerb, Needed>> = {
  addTag: { doing: 'tag', action: 'tag', verb: 'tag' },
  removeTag: {
    doing: 'remove a tag from',
    action: 'tag',
    verb: 'tag',
    unless: ({ image }) => (tagsOf(image).length === 0 ? 'It has no tags.' : undefined),
  },
  rename: { doing: 'rename', action: 'administer', verb: 'patch' },
  protect: {
    doing: 'protect',
    action: 'administer',
    verb: 'patch',
    unless: ({ image }) => (isProtected(image) ? 'It is protected already.' : undefined),
  },
  unprotect: {
    doing: 'remove the protection from',
    action: 'administer',
    verb: 'patch',
    unless: ({ image }) => (isProtected(image) ? undefined : 'It is not protected.'),
  },
  share: {
    doing: 'share',
    action: 'share',
    verb: 'share',
    unless: ({ image }, person) =>
      refuseShare({ member: 'any account' }, new Set(), { image, ...person })?.text,
  },
  unshare: { doing: 'stop sharing', action: 'administer', verb: 'share' },
  export: { doing: 'export', action: 'administer', verb: 'exportTask', unless: neverExported },
  transfer: { doing: 'transfer', action: 'administer', unless: neverExported },
  apply: { doing: 'apply a manifest to', action: 'tag', verb: 'patch' },
  delete: {
    doing: 'delete',
    action: 'administer',
    unless: ({ image }) =>
      isProtected(image) ? 'It is protected against deletion. Remove the protection first.' : undefined,
  },
  accept: answering('accept', 'accepted'),
  reject: answering('reject', 'rejected'),
  reconsider: answering('take back your answer to', 'pending'),
};

/** Why the person cannot do it to this image, as one sentence or two; undefined where the cloud will let them. */
export function forbids(verb: ImageVerb, seen: LiveImage, person: Person): string | undefined {
  const reason = reasonAgainst(verb, seen, person);
  return reason && `You cannot ${table[verb].doing} “${nameOf(seen.image)}”. ${reason}`;
}

/** Why the person can do it to no image at all. */
export function forbidsAll(verb: ImageVerb, person: Person): string | undefined {
  const reason = reasonAgainstAll(verb, person);
  return reason && `You cannot ${table[verb].doing} an image. ${reason}`;
}

/** The verb in words that an image can follow: `remove a tag from`. */
export function wordsOf(verb: ImageVerb): string {
  return table[verb].doing;
}

/** The verbs that the row of an image knows, and which of them can be used now. */
export function verbsOf(seen: LiveImage, person: Person): readonly { verb: ImageVerb; can: boolean }[] {
  return known(seen, person).map((verb) => ({
    verb,
    can: reasonAgainst(verb, seen, person) === undefined,
  }));
}

/** Of the verbs that its row knows, what cannot be done now and why: a sentence for each reason. */
export function whyNot(seen: LiveImage, person: Person): string[] {
  const reasons = new Map<string, string[]>();
  for (const verb of known(seen, person)) {
    const reason = reasonAgainst(verb, seen, person);
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), table[verb].doing]);
  }
  const list = new Intl.ListFormat('en', { type: 'disjunction' });
  return [...reasons].map(([reason, doing]) => `You cannot ${list.format(doing)} it. ${reason}`);
}

export function isOwn(image: LiveImage['image'], { caller }: Person): boolean {
  return image.get('owner') === caller.account;
}

export function personOf({ connections, emulator }: Pick<Context, 'connections' | 'emulator'>): Person {
  const { session } = connections.cloud ?? {};
  const caller = { account: session?.account.id ?? '', roles: session?.roles ?? [] };
  if (emulator.state.is !== 'running') return { profile: profiles.rackspace, caller };
  const { profile, limits } = emulator.state.status;
  return { profile: withLimits(profiles[profile], limits), caller };
}

/** What the connected cloud enforces, and who is signed in; undefined where none is connected. */
export function publishedLimits(
  context: Pick<Context, 'connections' | 'emulator'>,
): PublishedLimits | undefined {
  if (context.emulator.state.is !== 'running') return undefined;
  const { profile, caller } = personOf(context);
  return { profile: profile.name, limits: profile.limits, caller };
}

export function nameOf(image: LiveImage['image']): string {
  return String(image.get('name') || image.get('id') || '');
}

export function tagsOf(image: LiveImage['image']): string[] {
  const tags = image.get('tags');
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

export function isProtected(image: LiveImage['image']): boolean {
  return image.get('protected') === true;
}

function answering(doing: string, status: NonNullable<LiveImage['answer']>): Needed {
  return {
    doing,
    action: 'administer',
    verb: 'share',
    unless: ({ answer }) => (answer === status ? `Your answer is “${status}” already.` : undefined),
  };
}

/** In the words of the task that would fail, whatever the container. */
function neverExported({ image }: LiveImage, { profile, caller }: Person): string | undefined {
  if (!profile.offers.exportTask) return undefined;
  const input = { image_uuid: String(image.get('id')), receiving_swift_container: 'exports' };
  return exportRefusal({ type: 'export', input }, { profile, caller, image });
}

/** What the cloud would refuse an export with. */
export function exportRefusal(body: Json, facts: Facts): string | undefined {
  const answer = cloudAnswer(evaluate('export', body, facts))?.answer;
  return answer && ('task' in answer ? answer.task : `${answer.text} (HTTP ${answer.status})`);
}

function known({ image, answer, ofOthers }: LiveImage, person: Person): ImageVerb[] {
  if (!isOwn(image, person) && !ofOthers)
    return answer === undefined ? [] : ['accept', 'reject', 'reconsider'];
  const protection = isProtected(image) ? 'unprotect' : 'protect';
  return [
    'addTag',
    'removeTag',
    'rename',
    protection,
    'share',
    'unshare',
    'export',
    'transfer',
    'apply',
    'delete',
  ];
}

function reasonAgainst(verb: ImageVerb, seen: LiveImage, person: Person): string | undefined {
  return reasonAgainstAll(verb, person) ?? ofOwner(verb, seen, person) ?? table[verb].unless?.(seen, person);
}

function reasonAgainstAll(verb: ImageVerb, { profile, caller }: Person): string | undefined {
  const { action, verb: offered } = table[verb];
  if (offered && !profile.offers[offered]) return `A cloud of the kind ${profile.name} does not offer it.`;
  return lacksRole('images', action, { profile, caller });
}

/** Why the person may not change what is in Cloud Files, or not even look at it. */
export function forbidsFiles(action: 'read' | 'administer', person: Person): string | undefined {
  const reason = lacksRole('files', action, person);
  return reason && `You cannot ${action === 'read' ? 'look into' : 'change'} Cloud Files. ${reason}`;
}

function lacksRole(service: Service, action: Action, { profile, caller }: Person): string | undefined {
  if (allows(profile, service, caller.roles, action)) return undefined;
  const able = new Intl.ListFormat('en', { type: 'disjunction' }).format(rolesFor(profile, service, action));
  return `It takes the role ${able}; yours: ${caller.roles.join(', ') || 'none'}.`;
}

/** Owners change an image, and those with whom it is shared answer. */
function ofOwner(verb: ImageVerb, { image, answer }: LiveImage, person: Person): string | undefined {
  const answers = verb === 'accept' || verb === 'reject' || verb === 'reconsider';
  if (answers) return answer === undefined ? 'It is not shared with your account.' : undefined;
  if (isOwn(image, person) || isCloudAdmin(person)) return undefined;
  return 'It belongs to another account.';
}
