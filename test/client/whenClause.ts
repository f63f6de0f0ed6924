/** The context in which VS Code evaluates a when clause. */
export type Keys = Readonly<Record<string, string | boolean | undefined>>;

/** Evaluates a when clause of package.json as VS Code does. Throws where it uses what we do not. */
export function isTrue(clause: string | undefined, keys: Keys): boolean {
  if (clause === undefined || clause.trim() === '') return true;
  const tokens = readTokens(clause);
  let at = 0;
  const either = (): boolean => {
    let value = both();
    while (tokens[at] === '||') {
      at++;
      const right = both();
      value = value || right;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (tokens[at] === '&&') {
      at++;
      const right = one();
      value = value && right;
    }
    return value;
  };
  const one = (): boolean => {
    const token = tokens[at++] ?? '';
    if (token === '!') return !one();
    if (token === '(') {
      const value = either();
      at++;
      return value;
    }
    const operator = tokens[at] ?? '';
    if (!['==', '!=', '=~'].includes(operator))
      return token === 'true' || (token !== 'false' && Boolean(keys[token]));
    const right = tokens[at + 1] ?? '';
    at += 2;
    const left = keys[token];
    if (operator === '=~') return readRegExp(right).test(String(left ?? ''));
    const wanted = right.replaceAll("'", '');
    const isEqual = String(left ?? '') === wanted;
    return operator === '==' ? isEqual : !isEqual;
  };
  const value = either();
  if (at !== tokens.length) throw new Error(`${clause}: not understood from token ${at}`);
  return value;
}

const tokenPattern = /\/(?:\\.|[^/\\])+\/[a-z]*|&&|\|\||==|!=|=~|[!()]|'[^']*'|[\w.:-]+/g;

function readTokens(clause: string): string[] {
  if (clause.replaceAll(tokenPattern, '').trim() !== '') throw new Error(`${clause}: not understood`);
  return clause.match(tokenPattern) ?? [];
}

function readRegExp(token: string): RegExp {
  const end = token.lastIndexOf('/');
  return new RegExp(token.slice(1, end), token.slice(end + 1));
}
