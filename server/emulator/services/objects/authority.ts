export type Action = 'read' | 'administer';

/** `list`: read the names of a container's objects. */
export type Right = Action | 'list';

/** What a request may do beside what its path names: read segments, the source of a copy, write its target. */
export interface Authority {
  /** Throws 401 or 403 where the request may not. */
  require(right: Right, account: string, container: string): void;
}
