import type { FastifyReply, FastifyRequest } from 'fastify';

export type Request = FastifyRequest;
export type Reply = FastifyReply;
export type Handler = (request: Request, reply: Reply) => unknown;
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'COPY', 'OPTIONS'] as const;
export type Method = (typeof methods)[number];

/** Where services put their routes. A path's other methods answer 405 with `Allow`. */
export interface Routes {
  on(method: Method, path: string, handler: Handler): void;
  /** For a route that stands for every other path. Throws 405 where the path is one that is served by other methods. */
  requireMethod(request: Request): void;
}
