import { ApiError } from '../../../kernel/apiError.ts';
import { readBaseUrl } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { renderCatalog } from '../catalog.ts';

/** Cloud Files' own sign-in of before Keystone: user and API key in headers, token and addresses in the answer's. */
export function identityV1(
  routes: Routes,
  context: Pick<EmulatorContext, 'identity' | 'profile' | 'catalog'>,
): void {
  const { identity, profile } = context;
  if (!profile.identity.hasV1) return;
  for (const path of ['/identity/v1.0', '/identity/v1.0/'])
    routes.on('GET', path, async (request, reply) => {
      const name = readHeader(request, 'x-auth-user', 'x-storage-user');
      const key = readHeader(request, 'x-auth-key', 'x-storage-pass');
      const user = name === undefined ? undefined : identity.user({ name: name.replace(/^[^:]*:/, '') });
      const account = user && identity.account({ id: user.account });
      if (!user || !account || key === undefined || !identity.isApiKey(user, key))
        throw new ApiError('identity/login', 'Bad username or password');
      const issued = await identity.issue({ user, scope: { kind: 'account', account }, methods: ['APIKEY'] });
      const services = renderCatalog(context, readBaseUrl(request), account.id, 'v2.0');
      const addressOf = (type: string) =>
        services.find((service) => service.type === type)?.endpoints[0]?.url ?? '';
      return reply
        .code(204)
        .headers({
          'x-auth-token': issued.token,
          'x-storage-token': issued.token,
          'x-storage-url': addressOf('object-store'),
          'x-cdn-management-url': addressOf('rax:object-cdn'),
          'x-server-management-url': addressOf('compute'),
        })
        .send();
    });
}

function readHeader({ headers }: Request, ...names: readonly string[]): string | undefined {
  return names.map((name) => headers[name]).find((value) => typeof value === 'string');
}
