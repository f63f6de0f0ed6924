import { chooseProxy } from './proxy.ts';

/** A `fetch` that goes through the proxies of the environment. */
export function openFetch(env: Readonly<Record<string, string | undefined>>): typeof fetch {
  const opened = new Map<string, Promise<typeof fetch>>();
  return async (input, init) => {
    const proxy = chooseProxy(input instanceof Request ? input.url : String(input), env);
    if (!proxy) return fetch(input, init);
    const through = opened.get(proxy.href) ?? openProxy(proxy);
    opened.set(proxy.href, through);
    try {
      return await (await through)(input, init);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // an interrupt
      const { cause } = error;
      const why = cause instanceof Error ? cause.message || String(cause) : error.message;
      throw new TypeError(error.message, { cause: new Error(`through the proxy ${proxy.host}: ${why}`) });
    }
  };
}

async function openProxy(proxy: URL): Promise<typeof fetch> {
  // Its bundle stands beside this one, since hardly anybody needs it.
  const bundle = import.meta.filename.endsWith('.ts') ? './proxyClient.ts' : './proxyClient.js';
  const { openProxyClient }: typeof import('./proxyClient.ts') = await import(bundle);
  return openProxyClient(proxy);
}
