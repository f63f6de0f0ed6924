import { Agent, ProxyAgent, fetch as send } from 'undici';

/** Which certificates are taken, as Node's TLS has it. */
export interface Tls {
  readonly ca?: string;
  readonly rejectUnauthorized?: false;
}

/** A `fetch` through a proxy, by trust of one's own, or both. Node's own knows neither on Node 20, so it is undici's. */
export function openClient(proxy: URL | undefined, tls: Tls): typeof fetch {
  // Plain HTTP goes to the proxy as it is, as of other clients: few proxies let a tunnel lead to port 80.
  const dispatcher = proxy
    ? new ProxyAgent({ uri: proxy.href, proxyTunnel: false, requestTls: tls })
    : new Agent({ connect: tls });
  const through = (address: string, init: object) => send(address, { ...init, dispatcher });
  return through as unknown as typeof fetch; // of the same standard, declared twice
}
