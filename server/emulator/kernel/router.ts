import type { Handler, Method } from './routes.ts';

/** Finds what serves a request among some two thousand routes, which a start is not to wait for. */
export interface Router {
  /** `path` has `:parameter` and, at its end, `*` for any parts, each as a whole part. */
  add(method: Method, path: string, handler: Handler): void;
  find(method: string, url: string): Found | undefined;
  /** The methods of the most particular path that a URL means, if any: for the answers to the other methods. */
  findMethods(url: string): ReadonlySet<string> | undefined;
}

export interface Found {
  readonly handler: Handler;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** What may follow the same parts of a path. */
interface Branch {
  readonly parts: Map<string, Branch>;
  /** Of a parameter, whatever each path calls it. */
  any?: Branch;
  /** Of `*`. */
  rest?: Routes;
  here?: Routes;
}

/** The routes of one path, by method. */
type Routes = Map<string, { readonly handler: Handler; readonly names: readonly string[] }>;

/** A part that a path names counts before a parameter, and that before `*`, at each place from the left. */
export function createRouter(): Router {
  const root = createBranch();
  return {
    add: (method, path, handler) => {
      const names: string[] = [];
      let branch = root;
      for (const part of partsOf(path)) {
        if (part === '*') {
          branch.rest ??= new Map();
          branch.rest.set(method, { handler, names });
          return;
        }
        const isOpen = part.startsWith(':');
        if (isOpen) names.push(part.slice(1));
        branch = isOpen ? openBranch(branch) : namedBranch(branch, part);
      }
      branch.here ??= new Map();
      branch.here.set(method, { handler, names });
    },
    find: (method, url) => {
      const parts = partsOf(url);
      const values: string[] = [];
      const found = search(root, parts, 0, values, (routes) => routes.get(method));
      if (!found) return undefined;
      const params: Record<string, string> = {};
      for (const [at, name] of found.names.entries()) params[name] = values[at] ?? '';
      return { handler: found.handler, params };
    },
    findMethods: (url) => {
      const found = search(root, partsOf(url), 0, [], (routes) => routes);
      return found && new Set(found.keys());
    },
  };
}

function createBranch(): Branch {
  return { parts: new Map() };
}

function openBranch(branch: Branch): Branch {
  branch.any ??= createBranch();
  return branch.any;
}

function namedBranch({ parts }: Branch, part: string): Branch {
  const known = parts.get(part);
  if (known) return known;
  const branch = createBranch();
  parts.set(part, branch);
  return branch;
}

/** Puts what the parameters stand for into `values`. */
function search<Result>(
  branch: Branch,
  parts: readonly string[],
  at: number,
  values: string[],
  accept: (routes: Routes) => Result | undefined,
): Result | undefined {
  const part = parts[at];
  if (part === undefined) return branch.here && accept(branch.here);
  const named = branch.parts.get(part);
  const found = named && search(named, parts, at + 1, values, accept);
  if (found) return found;
  const { length } = values;
  if (branch.any) {
    values.push(part);
    const other = search(branch.any, parts, at + 1, values, accept);
    if (other) return other;
    values.length = length;
  }
  return branch.rest && accept(branch.rest);
}

/** The parts of a path, or of a URL's, decoded; what is no encoding stays. */
function partsOf(url: string): string[] {
  const end = url.search(/[?#]/);
  const parts = (end === -1 ? url : url.slice(0, end)).split('/').slice(1);
  return url.includes('%') ? parts.map(decoded) : parts;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
