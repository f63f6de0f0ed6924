import { ProxyAgent, fetch as send } from 'undici';

/** A `fetch` through one proxy. Node's own knows none on Node 20, so it is undici's. */
export function openProxyClient(proxy: URL): typeof fetch {
  // Plain HTTP goes to the proxy as it is, as of other clients: few proxies let a tunnel lead to port 80.
  const dispatcher = new ProxyAgent({ uri: proxy.href, proxyTunnel: false });
  const through = (address: string, init: object) => send(address, { ...init, dispatcher });
  return through as unknown as typeof fetch; // of the same standard, declared twice
}
