/** The methods that serve each path, for the answers to the other methods. */
export interface Paths {
  /** `path` has the router's `:parameter` and, at its end, `*`. */
  add(path: string, method: string): void;
  /** The methods of the most particular path that a URL means, if any. */
  findMethods(url: string): ReadonlySet<string> | undefined;
}

export function createPaths(): Paths {
  const known = new Map<string, Set<string>>();
  let patterns: readonly Pattern[] | undefined;
  return {
    add: (path, method) => {
      known.set(path, (known.get(path) ?? new Set()).add(method));
      patterns = undefined;
    },
    findMethods: (url) => {
      // Made when they are first needed: a start is not to wait for them.
      patterns ??= [...known].map(toPattern).sort((one, other) => one.open - other.open);
      const path = decoded(url.replace(/[?#].*$/s, ''));
      return patterns.find(({ expression }) => expression.test(path))?.methods;
    },
  };
}

interface Pattern {
  readonly expression: RegExp;
  readonly methods: ReadonlySet<string>;
  /** How much of it may be anything. */
  readonly open: number;
}

const anything = 100;

function toPattern([path, methods]: [string, ReadonlySet<string>]): Pattern {
  const parts = path.split('/');
  const text = parts.map((part) =>
    part === '*' ? '.*' : part.startsWith(':') ? '[^/]*' : part.replaceAll('.', '\\.'),
  );
  const parameters = parts.filter((part) => part.startsWith(':')).length;
  return {
    expression: new RegExp(`^${text.join('/')}$`, 's'),
    methods,
    open: parameters + (path.endsWith('*') ? anything : 0),
  };
}

/** As the router reads it; what is no encoding stays. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
