/** Scalars in every style that keeps them. */
import type { Json } from '../../../../server/rules/json.ts';
import type { YamlState } from './state.ts';

/** A scalar in one line. */
export function scalar(value: Json, state: YamlState, isFlow: boolean): string {
  const { random, handle, isOld } = state;
  if (typeof value === 'string') return word(value, state, isFlow);
  const plain = JSON.stringify(value);
  const isTagged = random.once(15);
  if (value === null)
    return isTagged ? `${handle}null ""` : random.pick(['null', 'null', '~', 'Null', 'NULL']);
  if (typeof value === 'boolean') {
    if (isTagged) return `${handle}bool ${random.pick([plain, `"${plain}"`])}`;
    return random.once(6)
      ? random.pick([plain.toUpperCase(), plain.replace(/./, (first) => first.toUpperCase())])
      : plain;
  }
  if (typeof value !== 'number') return plain;
  const isInteger = Number.isSafeInteger(value);
  if (isTagged)
    return `${handle}${isInteger ? 'int' : 'float'} ${random.pick([plain, `"${plain}"`, `'${plain}'`])}`;
  if (!isInteger || value < 0 || isOld || !random.once(8)) return plain;
  return random.pick([
    `0x${value.toString(16)}`,
    `0o${value.toString(8)}`,
    `+${plain}`,
    `${plain}.0`,
    `0${plain}`,
  ]);
}

/** A text of one line in a style that keeps it. */
export function word(text: string, { random, handle, isOld }: YamlState, isFlow: boolean): string {
  const isPlain = isFlow
    ? /^[A-Za-z_/][\w./-]*$/.test(text)
    : /^[\p{L}_/](?:[\p{L}\p{N}\w./,-]| (?=[\p{L}\d]))*$/u.test(text);
  const reads = /^(?:true|false|null)$/i.test(text) || (isOld && /^(?:y|yes|n|no|on|off)$/i.test(text));
  const tag = random.once(20) ? `${handle}str ` : '';
  if (tag && /^(?:[\w.-]*\w|[+-]?\d[\w.]*)$/.test(text)) return `${tag}${text}`;
  const style = random.below(5);
  if (isPlain && !reads && style < 3) return tag + text;
  if (style < 4 && text !== '' && /^[\u0020-\u007e\u00a1-\u02ff]*$/.test(text) && random.once(2))
    return `${tag}'${text.replaceAll("'", "''")}'`;
  return tag + escaped(text);
}

export function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A text over several lines that are indented further than `column`, with what stands before the first; undefined where no such style
 * keeps it. `ends`: it has its line end already, and a comment behind it would be its text. `keeps`: so would blank lines.
 */
export function longText(
  text: string,
  column: number,
  { random }: YamlState,
): { text: string; ends?: true; keeps?: boolean } | undefined {
  const deeper = random.pick([1, 2, 2, 4]);
  const pad = ' '.repeat(column + deeper);
  if (!/^[\n\t\u0020-\u007e\u00a1-\u02ff]+$/.test(text)) return undefined;
  const style = random.below(5);
  if (style < 2) return blockText(text, pad, style === 0 ? '|' : '>', random.once(3) ? deeper : undefined);
  // A line may end between two words; a line end of the text is a blank line.
  if (!/^[!-~\u00a1-\u02ff]+(?:[ \n][!-~\u00a1-\u02ff]+)+$/.test(text)) return undefined;
  const broken = (write: (part: string) => string): string =>
    text
      .split(/([ \n])/)
      .map((part) => {
        if (part === '\n') return `\n\n${pad}`;
        return part === ' ' ? (random.once(2) ? `\n${pad}` : ' ') : write(part);
      })
      .join('');
  if (style === 2) return isPlainText(text) ? { text: broken((part) => part) } : undefined;
  if (style === 3) return { text: `'${broken((part) => part.replaceAll("'", "''"))}'` };
  const escapeAll = (part: string) =>
    part
      .replace(/["\\]/g, '\\$&')
      .replace(/^([^\\])(.)/, (_, a, b) => `${a}${random.once(4) ? `\\\n${pad}` : ''}${b}`);
  return { text: `"${broken(escapeAll)}"` };
}

function isPlainText(text: string): boolean {
  return /^[A-Za-z][\w./,-]*(?:[ \n][A-Za-z][\w./,-]*)+$/.test(text) && !/,(?:[ \n]|$)/.test(text);
}

function blockText(
  text: string,
  pad: string,
  sign: '|' | '>',
  deeper: number | undefined,
): { text: string; ends: true; keeps: boolean } | undefined {
  const body = text.replace(/\n+$/, '');
  if (body.trim() === '') return undefined;
  const ends = text.length - body.length;
  if (sign === '>' && /(?:^|\n)[ \t]|\n\n/.test(body)) return undefined;
  // Without a digit the first line tells how far the text is indented.
  if (deeper === undefined && /^\n*[ \t]/.test(body)) return undefined;
  const digit = deeper ?? '';
  const chomping = ends === 0 ? '-' : ends === 1 ? '' : '+';
  const separator = sign === '>' ? '\n\n' : '\n';
  const lines = body.split('\n').map((line) => (line === '' ? '' : pad + line));
  return {
    text: `${sign}${digit}${chomping}\n${lines.join(separator)}\n${'\n'.repeat(Math.max(ends - 1, 0))}`,
    ends: true,
    keeps: chomping === '+',
  };
}
