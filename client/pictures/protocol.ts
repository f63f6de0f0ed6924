/** What a page and its host tell each other, whatever the page shows. Both sides import this file, and a `protocol.ts` beside theirs. */

/** Told by every page, beside what is its own. */
export type PageEvent =
  /** Its script has run: at first, and again after the page was hidden, moved or loaded anew. It knows nothing yet. */
  | { readonly kind: 'loaded' }
  /** Its script failed. */
  | { readonly kind: 'failed'; readonly text: string };

/** Told to every page as it loads, where there is a translation: its texts by those in English. */
export interface Translation {
  readonly kind: 'translation';
  readonly texts: Readonly<Record<string, string>>;
}

/** Tells an event of every page from a page's own messages, which have a `kind` of their own too. */
export function isPageEvent(message: { readonly kind: string }): message is PageEvent {
  return message.kind === 'loaded' || message.kind === 'failed';
}
