/** Matches a text against a pattern in which `*` stands for any characters. Takes at most length × length steps. */
export function isLike(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let here = 0;
  while (at < text.length) {
    if (pattern[here] === '*') {
      star = here;
      resume = at;
      here += 1;
    } else if (here < pattern.length && pattern[here] === text[at]) {
      here += 1;
      at += 1;
    } else if (star === -1) {
      return false;
    } else {
      resume += 1;
      at = resume;
      here = star + 1;
    }
  }
  while (pattern[here] === '*') here += 1;
  return here === pattern.length;
}
