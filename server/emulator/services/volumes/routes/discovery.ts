import { readBaseUrl } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { identify, newest } from '../requests.ts';

/** The versions of Cinder's API: to everybody at its root, behind a token below `/v3` (SOURCES: cinder §1). */
export function volumeDiscovery(routes: Routes, context: EmulatorContext): void {
  for (const region of context.regions) {
    const base = `/${region}/volume`;
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request, reply) => reply.code(300).send(renderVersions(request, base)));
    routes.on('GET', `${base}/v3`, (_request, reply) =>
      reply.code(302).header('location', `${base}/v3/`).send(),
    );
    routes.on('GET', `${base}/v3/`, (request, reply) => {
      identify(context, region, false, request, reply);
      return renderVersions(request, base);
    });
    routes.on('GET', `${base}/healthcheck`, (_request, reply) => reply.type('text/plain').send('OK'));
  }
}

function renderVersions(request: Request, base: string) {
  return {
    versions: [
      {
        id: 'v3.0',
        status: 'CURRENT',
        version: `3.${newest}`,
        min_version: '3.0',
        updated: '2022-08-31T00:00:00Z',
        links: [
          { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
          { rel: 'self', href: `${readBaseUrl(request)}${base}/v3/` },
        ],
        'media-types': [
          { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' },
        ],
      },
    ],
  };
}
