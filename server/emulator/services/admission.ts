import type { Api } from '../kernel/api.ts';
import type { EmulatorContext } from './context.ts';
import type { Service } from './service.ts';

/**
 * The API of a service, which lets in what the caller's application credential may ask of it, as keystonemiddleware does in
 * front of every service: by the types that the catalogue gives it, and the path behind its address.
 */
export function apiOf({ api, catalog = [] }: Service, context: EmulatorContext): Api | undefined {
  const found = api?.(context);
  const types = [catalog].flat().map(({ type }) => type);
  if (!found || types.length === 0) return found;
  return {
    ...found,
    admit: ({ url, method, headers }) => {
      const [path = ''] = url.replace(/^\/(?:identity|[^/]+\/[^/?]+)/, '').split('?', 1);
      context.identity.admit(headers['x-auth-token'], types, method, path);
    },
  };
}
