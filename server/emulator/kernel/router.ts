import findMyWay, { type HTTPVersion, type Instance } from 'find-my-way';
import { type Handler, type Method, methods } from './routes.ts';

/**
 * Finds what serves a request. Each region has its own routes, some two thousand in all: what searches those of a region
 * is made when the region is first asked, which a start does not wait for.
 */
export interface Router {
  /** Before anything is looked for. `path` has `:parameter` and, at its end, `*`. */
  add(method: Method, path: string, handler: Handler): void;
  find(method: string, url: string): Found | undefined;
  /** The methods of the most particular path that a URL means, if any: for the answers to the other methods. */
  findMethods(url: string): ReadonlySet<string> | undefined;
}

export interface Found {
  readonly handler: Handler;
  /** Decoded. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

interface Route {
  readonly method: Method;
  readonly path: string;
  readonly handler: Handler;
}

/** The routes whose paths may begin with a certain part. */
interface Group {
  readonly tree: () => Instance<HTTPVersion.V1>;
  readonly patterns: () => readonly Pattern[];
}

export function createRouter(): Router {
  const routes: Route[] = [];
  const groups = new Map<string, Group>();
  const groupOf = (url: string): Group => {
    const named = firstPart(url);
    const known = groups.get(named);
    if (known) return known;
    const own = routes.filter(({ path }) => firstPart(path) === named);
    // Whatever no route names is one group, lest a client make as many as it likes.
    const first = own.length > 0 ? named : '';
    const group =
      groups.get(first) ??
      createGroup(routes.filter(({ path }) => isOpen(path) || firstPart(path) === first));
    groups.set(first, group);
    return group;
  };
  return {
    add: (method, path, handler) => {
      routes.push({ method, path, handler });
    },
    find: (method, url) => {
      const found = isMethod(method) ? groupOf(url).tree().find(method, url) : null;
      return found ? { handler: found.store, params: found.params } : undefined;
    },
    findMethods: (url) => {
      const path = decoded(url.replace(/[?#].*$/s, ''));
      return groupOf(url)
        .patterns()
        .find(({ expression }) => expression.test(path))?.methods;
    },
  };
}

function createGroup(routes: readonly Route[]): Group {
  let [tree, patterns]: [Instance<HTTPVersion.V1> | undefined, readonly Pattern[] | undefined] = [
    undefined,
    undefined,
  ];
  return {
    tree: () => {
      if (tree) return tree;
      tree = findMyWay({ maxParamLength: longestParameter, querystringParser: () => ({}) });
      for (const { method, path, handler } of routes) tree.on(method, path, unused, handler);
      return tree;
    },
    patterns: () => {
      patterns ??= toPatterns(routes);
      return patterns;
    },
  };
}

/** More than Node takes of a request's line and headers. */
const longestParameter = 16_384;

/** The router is searched, never told to answer. */
const unused = () => undefined;

function isMethod(text: string): text is Method {
  return methods.some((method) => method === text);
}

/** Of a path, or of a URL; '' where it has none. */
function firstPart(url: string): string {
  let end = 1;
  while (end < url.length && !'/?#'.includes(url.charAt(end))) end++;
  const part = url.slice(1, end);
  return part.includes('%') ? decoded(part) : part;
}

/** True where the path begins with a parameter. */
function isOpen(path: string): boolean {
  return path.startsWith('/:');
}

interface Pattern {
  readonly expression: RegExp;
  readonly methods: ReadonlySet<string>;
  /** How much of it may be anything. */
  readonly open: number;
}

const anything = 100;

/** The most particular first. */
function toPatterns(routes: readonly Route[]): readonly Pattern[] {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return [...paths]
    .map(([path, those]) => toPattern(path, new Set(those.map(({ method }) => method))))
    .sort((one, other) => one.open - other.open);
}

function toPattern(path: string, served: ReadonlySet<string>): Pattern {
  const parts = path.split('/');
  const text = parts.map((part) =>
    part === '*' ? '.*' : part.startsWith(':') ? '[^/]*' : part.replaceAll('.', '\\.'),
  );
  const parameters = parts.filter((part) => part.startsWith(':')).length;
  return {
    expression: new RegExp(`^${text.join('/')}$`, 's'),
    methods: served,
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
