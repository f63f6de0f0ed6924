import { homedir } from 'node:os';
import { readSettingsSync } from '../../workspace/nodeFiles.ts';
import type { Trust } from '../session/cloudsYaml.ts';
import { chooseProxy } from './proxy.ts';
import type { Tls } from './proxyClient.ts';

/** A `fetch` that goes through the proxies of the environment, and trusts whom clouds.yaml does. Throws where that cannot be read. */
export function openFetch(env: Readonly<Record<string, string | undefined>>, trust?: Trust): typeof fetch {
  const tls = trust && readTls(trust);
  const opened = new Map<string, Promise<typeof fetch>>();
  return async (input, init) => {
    const proxy = chooseProxy(input instanceof Request ? input.url : String(input), env);
    if (!proxy && !tls) return fetch(input, init);
    const key = proxy?.href ?? '';
    const client = opened.get(key) ?? openClient(proxy, tls ?? {});
    opened.set(key, client);
    try {
      return await (await client)(input, init);
    } catch (error) {
      if (!proxy || !(error instanceof TypeError)) throw error; // an interrupt, or what the cloud did
      const { cause } = error;
      const why = cause instanceof Error ? cause.message || String(cause) : error.message;
      throw new TypeError(error.message, { cause: new Error(`through the proxy ${proxy.host}: ${why}`) });
    }
  };
}

function readTls({ cacert, insecure }: Trust): Tls {
  if (insecure) return { rejectUnauthorized: false };
  if (cacert === undefined) return {};
  const path = cacert.replace(/^~(?=[/\\])/, homedir());
  const ca = readSettingsSync(path);
  if (ca === undefined) throw new Error(`There is no file ${path}, which cacert names.`);
  return { ca };
}

async function openClient(proxy: URL | undefined, tls: Tls): Promise<typeof fetch> {
  // Its bundle stands beside this one, since hardly anybody needs it.
  const bundle = import.meta.filename.endsWith('.ts') ? './proxyClient.ts' : './proxyClient.js';
  const client: typeof import('./proxyClient.ts') = await import(bundle);
  return client.openClient(proxy, tls);
}
