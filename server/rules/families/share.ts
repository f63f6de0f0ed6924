import { articles } from '../articles.ts';
import type { Facts } from '../facts.ts';
import type { RefusalId } from '../ids.ts';
import { asText, isObject, type Json, type JsonObject } from '../json.ts';
import type { DataEdit, Observation, Rule } from '../rule.ts';
import { answers } from '../service/answers.ts';
import { show } from '../service/attributes.ts';
import { doubtMember, readMember, refuseMemberStatus, refuseShare } from '../service/sharing.ts';
import type { Severity } from '../severity.ts';
import type { Subject } from '../subject.ts';

const faq = 'Cloud Images FAQ, "Image sharing"';
const guide = 'Cloud Images guide, image sharing';
const api = 'Images API v2, members';

/** Whom an image manifest shares its image with: `members`, account numbers or the API's own entries. */
export const shareRules: readonly Rule[] = [
  shareRule({
    id: 'share/member',
    source: api,
    summary: 'A member is an account number, written as text.',
    bad: 'name: web\nmembers: [554433]\n',
    good: 'name: web\nmembers: ["554433"]\n',
    explain: ({ item, pointer, list, text }) =>
      pointer === list
        ? explainNoList(item, list)
        : typeof item === 'number'
          ? {
              message: `An account number is text: put ${show(item)} in quotes.`,
              fixes: [{ title: 'Put it in quotes', edits: [{ do: 'quote', pointer }], safe: true }],
            }
          : { message: `${text}. Write the account's number as text, such as "554433".` },
  }),
  shareRule({
    id: 'share/duplicate',
    source: api,
    summary: 'An image is shared with an account once: a second time is a conflict.',
    bad: 'name: web\nmembers: ["554433", "554433"]\n',
    good: 'name: web\nmembers: ["554433"]\n',
    explain: ({ item, pointer }) => ({
      message: `${show(accountOf(item) ?? item)} is listed twice. Remove one.`,
      fixes: [
        {
          title: 'Remove the duplicate',
          edits: [{ do: 'remove', pointer }],
          safe: !isObject(item) || Object.keys(item).length === 1, // else it says more than the first
        },
      ],
    }),
  }),
  shareRule({
    id: 'share/count',
    source: `${api}: image_member_quota, 413`,
    summary: 'An image has at most 128 members; the number of shared images is not limited.',
    bad: `name: web\nmembers: [${numbers(129)}]\n`,
    good: `name: web\nmembers: [${numbers(128)}]\n`,
    explain: ({ facts, count }) => ({
      message: `${count} members; an image has at most ${facts.profile.limits.members}. Remove ${count - facts.profile.limits.members}.`,
    }),
  }),
  shareRule({
    id: 'share/public',
    profile: 'rackspace',
    source: guide,
    summary: 'A public image is everyone’s already and has no members.',
    bad: 'name: web\nvisibility: public\nmembers: ["554433"]\n',
    good: 'name: web\nvisibility: private\nmembers: ["554433"]\n',
    explain: ({ list }) => ({
      message: 'A public image has no members. Remove them, or share an image of your own made from it.',
      fixes: [{ title: "Remove 'members'", edits: [{ do: 'remove', pointer: list }] }],
    }),
  }),
  shareRule({
    id: 'share/visibility',
    profile: 'openstack',
    source: api,
    summary: 'Only an image whose visibility is shared has members.',
    bad: 'name: web\nvisibility: private\nmembers: ["554433"]\n',
    good: 'name: web\nvisibility: shared\nmembers: ["554433"]\n',
    explain: ({ image, base, list }) => ({
      message: `An image has members only while its visibility is 'shared'. Change it, or remove the members.`,
      fixes: [
        ...(Object.hasOwn(image, 'visibility')
          ? [
              {
                title: "Change the visibility to 'shared'",
                edits: [{ do: 'set', pointer: `${base}/visibility`, value: 'shared' } as const],
              },
            ]
          : []),
        { title: "Remove 'members'", edits: [{ do: 'remove', pointer: list }] },
      ],
    }),
  }),
  shareRule({
    id: 'share/owner',
    source: guide,
    summary: 'Only the owner of an image shares it.',
    bad: 'id: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\nmembers: ["554433"]\n',
    good: 'id: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\nname: web\n',
    more: { caller: { account: '100002', roles: ['admin'] }, image: { owner: '100001' } },
    explain: ({ list }) => ({
      message: `Only the owner shares an image. Build a server from it and share the server's image.`,
      fixes: [{ title: "Remove 'members'", edits: [{ do: 'remove', pointer: list }] }],
    }),
  }),
  {
    id: 'share/status',
    severity: 'error',
    kinds: ['image'],
    source: guide,
    summary: 'Whether an image is accepted is for the member to say, not for the owner.',
    example: {
      kind: 'image',
      bad: 'name: web\nmembers: [{ member_id: "554433", status: accepted }]\n',
      good: 'name: web\nmembers: [{ member_id: "554433" }]\n',
    },
    *check(subject) {
      for (const { items, facts } of sharedIn(subject)) {
        for (const { item, pointer } of items) {
          if (!isObject(item) || !Object.hasOwn(item, 'status')) continue;
          const { caller, profile, image = null } = facts;
          const sharing = { caller, profile, image: image ?? new Map<string, Json>() };
          // The cloud's own administrators may set it.
          const refused = refuseMemberStatus(
            { status: item['status'] ?? null },
            accountOf(item) ?? '',
            sharing,
          );
          if (caller && !refused) continue;
          yield {
            pointer: `${pointer}/status`,
            message:
              caller && refused?.status === 400
                ? refused.text
                : 'Only the member sets its status. Remove it; the account accepts or rejects the image itself.',
            answer:
              caller && refused
                ? { status: refused.status, text: refused.text }
                : answers.memberStatusByOwner(),
            fixes: [{ title: 'Remove the status', edits: [{ do: 'remove', pointer: `${pointer}/status` }] }],
          };
        }
      }
    },
  },
  advice({
    id: 'share/self',
    severity: 'warning',
    source: faq,
    summary: 'An account sees its own images: sharing one with its owner changes nothing.',
    bad: 'name: web\nowner: "554433"\nmembers: ["554433"]\n',
    good: 'name: web\nowner: "554433"\nmembers: ["554434"]\n',
    *check({ items, image }, { image: live, caller }) {
      const owner = live?.get('owner') ?? image['owner'] ?? caller?.account;
      for (const { item, pointer } of items) {
        if (owner === undefined || owner === null || accountOf(item) !== asText(owner)) continue;
        yield {
          pointer,
          message: 'This account owns the image and sees it already. Remove it.',
          fixes: [{ title: 'Remove it', edits: [{ do: 'remove', pointer }] }],
        };
      }
    },
  }),
  advice({
    id: 'share/region',
    marks: 'key',
    severity: 'hint',
    source: `${faq}: "Can I share an image across regions?"`,
    summary: 'Sharing is within one region, and a member has to accept before the image appears in its list.',
    bad: 'name: web\nmembers: ["554433"]\n',
    good: 'name: web\nmembers: []\n',
    *check({ list }) {
      yield {
        pointer: list,
        message:
          'Members see the image in this region only, and in their lists once they accept it; nobody tells them, so send them its UUID. For another region, export it and import it there.',
      };
    },
  }),
  advice({
    id: 'share/service-level',
    marks: 'key',
    severity: 'hint',
    source: articles.support,
    summary: 'Servers built from a shared image get the Infrastructure service level, whoever builds them.',
    bad: 'name: web\nmembers: ["554433"]\n',
    good: 'name: web\nmembers: []\n',
    *check({ list }) {
      yield {
        pointer: list,
        message:
          'A shared image is a non-standard one: servers built from it get the Infrastructure service level. What is on it must be licensed for sharing.',
      };
    },
  }),
];

/** The images of a manifest that name members. */
interface Shared {
  readonly facts: Facts;
  readonly base: string;
  readonly list: string;
  readonly image: JsonObject;
  readonly items: readonly { readonly item: Json; readonly pointer: string }[];
}

function* sharedIn(subject: Subject): Generator<Shared> {
  for (const { pointer: base, image, facts } of subject.images()) {
    const members = image['members'];
    if (!Array.isArray(members) || members.length === 0) continue;
    const list = `${base}/members`;
    yield {
      base,
      list,
      image,
      facts,
      items: members.map((item, at) => ({ item, pointer: `${list}/${at}` })),
    };
  }
}

/** The account that an item of `members` names. */
function accountOf(item: Json): string | undefined {
  const account = isObject(item) ? (item['member_id'] ?? item['member']) : item;
  return typeof account === 'string' ? account : undefined;
}

interface Refused extends Shared {
  readonly rule: RefusalId;
  readonly item: Json;
  readonly pointer: string;
  readonly status: number;
  readonly text: string;
  readonly count: number;
  /** The service takes it, and nobody means it so. */
  readonly isTaken?: boolean;
}

function explainNoList(members: Json, list: string): Pick<Observation, 'message' | 'fixes'> {
  const isOne = typeof members === 'string' || typeof members === 'number';
  const edits: DataEdit[] = [{ do: 'set', pointer: list, value: [asText(members)] }];
  return {
    message: 'members is a list of account numbers as text, such as ["554433"].',
    fixes: isOne ? [{ title: 'Make it a list', edits }] : [],
  };
}

/** Each member as it would be added, in order; what refuses them all is said once, of the list. */
function* refusedIn(subject: Subject): Generator<Refused> {
  for (const { pointer: base, image, facts } of subject.images()) {
    const { members } = image;
    if (members === undefined || Array.isArray(members)) continue;
    const list = `${base}/members`;
    const { status, text } = answers.memberForm();
    yield {
      base,
      list,
      image,
      facts,
      items: [],
      rule: 'share/member',
      item: members,
      pointer: list,
      status,
      text,
      count: 0,
    };
  }
  for (const one of sharedIn(subject)) {
    const { facts } = one;
    const known = facts.image;
    const image = new Map([...(known ?? []), ...Object.entries(one.image)]);
    if (known?.has('owner')) image.set('owner', known.get('owner') ?? null);
    const seen = new Set<string>();
    const count = new Set(one.items.map(({ item }) => accountOf(item))).size;
    const said = new Set<string>();
    for (const { item, pointer } of one.items) {
      const member = isObject(item) ? (item['member_id'] ?? item['member'] ?? null) : item;
      const { profile, caller } = facts;
      const doubt = doubtMember(member);
      const refused = refuseShare({ member }, seen, { image, profile, caller }) ?? doubt;
      const account = readMember({ member });
      if (typeof account === 'string') seen.add(account);
      if (!refused || said.has(refused.rule)) continue;
      const ofItem = refused.rule === 'share/member' || refused.rule === 'share/duplicate';
      if (!ofItem) said.add(refused.rule);
      const { rule, status, text } = refused;
      const isTaken = refused === doubt;
      yield { ...one, rule, status, text, isTaken, item, count, pointer: ofItem ? pointer : one.list };
    }
  }
}

interface Said extends Pick<Rule, 'id' | 'source' | 'summary' | 'marks'> {
  readonly bad: string;
  readonly good: string;
  readonly profile?: 'rackspace' | 'openstack';
}

function shareRule({
  bad,
  good,
  more,
  explain,
  ...rule
}: Said & {
  readonly more?: Partial<Rule['example']>;
  readonly explain: (refused: Refused) => Pick<Observation, 'message' | 'fixes'>;
}): Rule {
  return {
    ...rule,
    severity: 'error',
    kinds: ['image'],
    example: { kind: 'image', bad, good, ...more },
    *check(subject) {
      for (const refused of refusedIn(subject)) {
        if (refused.rule !== rule.id) continue;
        const { pointer, status, text, isTaken } = refused;
        const said = isTaken ? { severity: 'warning' as const } : { answer: { status, text } };
        yield { pointer, ...said, ...explain(refused) };
      }
    },
  };
}

function advice({
  bad,
  good,
  check,
  ...rule
}: Said & {
  readonly severity: Severity;
  readonly check: (shared: Shared, facts: Facts) => Generator<Observation>;
}): Rule {
  return {
    ...rule,
    kinds: ['image'],
    profile: 'rackspace',
    example: { kind: 'image', bad, good },
    *check(subject) {
      for (const shared of sharedIn(subject)) yield* check(shared, shared.facts);
    },
  };
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, at) => `"${100_000 + at}"`).join(', ');
}
