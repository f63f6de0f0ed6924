const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aeiouycnAEIOUYCN'].map((letter, at) => [letter, [...'áéíóúýçñÁÉÍÓÚÝÇÑ'][at] ?? letter]),
);

/** What is no text: values, icons, code, tags, and where links lead. */
const kept = /\{\d+\}|\$\([^)]*\)|\]\([^)]*\)|`[^`]*`|#[\w.]+#|<[^>]+>/g;

/** Translates a text into none of the world's languages: `⟦Délété Ímágé óñé⟧`, accented, in brackets and a third longer. */
export function pseudo(text: string): string {
  return text.split('\n').map(pseudoLine).join('\n');
}

function pseudoLine(line: string): string {
  const [, name, target] = /^\[([^\]]+)\](\([^)]+\))$/.exec(line) ?? [];
  if (name !== undefined) return `[${pseudoLine(name)}]${target}`;
  if (line.trim() === '') return line;
  const more = Array.from({ length: Math.ceil(line.length / 3 / 4) }, () => 'óñé').join(' ');
  return `⟦${accent(line)} ${more}⟧`;
}

/** The same letters, accented: what a test looks for. */
export function accent(text: string): string {
  const keeps = [...text.matchAll(kept), ''].map(String);
  return text
    .split(kept)
    .map(
      (part, at) => part.replace(/[aeioucny]/gi, (letter) => accents[letter] ?? letter) + (keeps[at] ?? ''),
    )
    .join('');
}

/** The words of a text that no translation has given. */
export function listUntranslatedWords(text: string): string[] {
  const innermost = /⟦[^⟦⟧]*⟧/g;
  let rest = text;
  while (innermost.test(rest)) rest = rest.replace(innermost, ' ');
  return rest.match(/\p{L}{2,}/gu) ?? [];
}
