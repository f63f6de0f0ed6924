import type { Method, Request, Routes } from '../../kernel/routes.ts';
import { newest } from './api/version.ts';

const methods: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

interface Release {
  readonly id: string;
  readonly path: string;
  readonly status: string;
  readonly version: string;
  readonly min_version: string;
  readonly updated: string;
  readonly number: string;
}

const releases: readonly Release[] = [
  {
    id: 'v2.0',
    path: 'v2',
    status: 'SUPPORTED',
    version: '',
    min_version: '',
    updated: '2011-01-21T11:33:21Z',
    number: '2',
  },
  {
    id: 'v2.1',
    path: 'v2.1',
    status: 'CURRENT',
    version: `2.${newest}`,
    min_version: '2.1',
    updated: '2013-07-23T11:33:21Z',
    number: '2.1',
  },
];

/** The documents of versions, which need no token and answer every method (SOURCES: nova §1). */
export function discoveryRoutes(routes: Routes): void {
  for (const method of methods) {
    for (const path of ['/:region/compute', '/:region/compute/'])
      routes.on(method, path, (request, reply) =>
        reply
          .type('application/json')
          .send({ versions: releases.map((release) => describe(request, release)) }),
      );
    for (const path of ['/:region/compute/v2.1', '/:region/compute/v2.1/'])
      routes.on(method, path, (request, reply) =>
        reply.type('application/json').send({ version: describeOne(request) }),
      );
    for (const path of ['/:region/compute/:other', '/:region/compute/:other/*'])
      routes.on(method, path, (request, reply) => {
        if (/^\/[^/]+\/compute\/v2(\.1)?\//.test(request.originalUrl)) return reply.callNotFound();
        return reply
          .code(300)
          .type('application/json')
          .send({ choices: releases.map((release) => describeChoice(request, release)) });
      });
  }
}

function describe(request: Request, { id, path, status, version, min_version, updated }: Release) {
  return {
    id,
    status,
    version,
    min_version,
    updated,
    links: [{ rel: 'self', href: `${baseOf(request)}/${path}/` }],
  };
}

function describeOne(request: Request) {
  const legacy = /^\/[^/]+\/compute\/v2(?=[/?]|$)/.test(request.originalUrl);
  const release = releases[legacy ? 0 : 1] as Release;
  const { links, ...rest } = describe(request, release);
  return {
    ...rest,
    links: [...links, { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' }],
    'media-types': [mediaType(release)],
  };
}

function describeChoice(request: Request, release: Release) {
  const [path = ''] = request.originalUrl.split('?', 1);
  const asked = path.replace(/^\/[^/]+\/compute/, '');
  return {
    id: release.id,
    status: release.status,
    links: [{ rel: 'self', href: `${baseOf(request)}/${release.path}${asked}` }],
    'media-types': [mediaType(release)],
  };
}

function mediaType({ number }: Release) {
  return { base: 'application/json', type: `application/vnd.openstack.compute+json;version=${number}` };
}

function baseOf({ headers, originalUrl }: Request): string {
  const [, region = ''] = originalUrl.split('/', 2);
  return `http://${headers.host ?? ''}/${region}/compute`;
}
