/** Control characters but tab and newline, and those that turn the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const invisible = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Shows what a terminal would obey: a text from a cloud or a workspace may hold escape sequences. They become escapes of
 * JSON, so JSON stays JSON.
 */
export function printable(text: string): string {
  return text.replace(
    invisible,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text as Markdown shows it, whatever signs it holds: no link, no picture, one paragraph. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(/[\\`*[\]<>|&]|:(?=\/\/)/g, (sign) => `\\${sign}`);
}

/** A text as code within a line of Markdown. */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  let longest = 0;
  for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$|^ .* $/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A text from elsewhere within a sentence of ours: it begins no line of its own. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ');
}

/** What a process of ours said of its end, without the verb and the code, which are for a terminal. */
export function withoutVerb(text: string): string {
  return text.replace(/^cloud-images [a-z ]+: | \([a-z]+\/[a-z-]+\)$/gm, '');
}
