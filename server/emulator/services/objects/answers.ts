import type { Reply } from '../../kernel/routes.ts';

/** 202, in Swift's words. */
export function accept(reply: Reply): Reply {
  return reply.code(202).send('<html><h1>Accepted</h1><p>The request is accepted for processing.</p></html>');
}

/** 301 to another path of this machine, in Swift's words. */
export function moveTo(reply: Reply, location: string): Reply {
  return reply
    .code(301)
    .header('location', location)
    .type('text/html; charset=UTF-8')
    .send('<html><h1>Moved Permanently</h1><p>The resource has moved permanently.</p></html>');
}
