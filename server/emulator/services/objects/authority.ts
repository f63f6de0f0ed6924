/** `list`: read the names of a container's objects; `write`: its objects; `administer`: what belongs to its account. */
export type Right = 'read' | 'list' | 'write' | 'administer';

/** Permissions of a request beyond its path: to read segments and the source of a copy, to write its target. */
export interface Authority {
  /** Throws 401 or 403 where the request may not. */
  require(right: Right, account: string, container: string): void;
}
