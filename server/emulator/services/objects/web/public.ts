import type { Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';

const crossDomain = `<?xml version="1.0"?>
<!DOCTYPE cross-domain-policy SYSTEM "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd" >
<cross-domain-policy>
<allow-access-from domain="*" secure="false" />
</cross-domain-policy>`;

/** What the proxy answers to anybody, at the root of the emulator and of each region's Swift. */
export function publicRoutes(routes: Routes, { regions }: EmulatorContext, about: object): void {
  const information = JSON.stringify(about);
  for (const root of ['', ...regions.map((region) => `/${region}/object-store`)]) {
    routes.on('GET', `${root}/info`, (_request, reply) =>
      reply.type('application/json; charset=UTF-8').send(information),
    );
    routes.on('GET', `${root}/crossdomain.xml`, (_request, reply) =>
      reply.header('content-type', 'application/xml').send(crossDomain),
    );
    if (root === '') continue; // others answer there, too
    routes.on('GET', `${root}/healthcheck`, (_request, reply) =>
      reply.header('content-type', 'text/plain').send('OK'),
    );
  }
}
