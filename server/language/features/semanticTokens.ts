import type { Profile } from '../../rules/profile/profile.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import type { Mention } from '../index/mentions.ts';

/** A word with a meaning of its own, for colouring beyond the grammar. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly type: (typeof tokenTypes)[number];
  readonly modifiers: readonly (typeof tokenModifiers)[number][];
}

export const tokenTypes = ['property', 'enumMember'] as const;
/** `readonly`: only the service sets it; `defaultLibrary`: an attribute that every image has. */
export const tokenModifiers = ['readonly', 'defaultLibrary'] as const;

/** In the order of the text. */
export function tokensOf(mentions: readonly Mention[], profile: Profile): Token[] {
  const tokens = mentions.flatMap(({ what, name, start, end }): Token[] => {
    if (what === 'image' || start >= end) return [];
    if (what === 'tag') return [{ start, end, type: 'enumMember', modifiers: [] }];
    return [{ start, end, type: 'property', modifiers: modifiersOf(name, profile) }];
  });
  return tokens.sort((a, b) => a.start - b.start);
}

function modifiersOf(name: string, profile: Profile): Token['modifiers'] {
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved' || isProtected(name, profile)) return ['readonly'];
  return kind === 'writable' ? ['defaultLibrary'] : [];
}
