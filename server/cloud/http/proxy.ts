import { BlockList, isIPv4 } from 'node:net';

/** The variables that choose a proxy; `requests`, and so `openstack`, reads them in either case, and the lower one wins. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as Python's requests chooses it;
 * undefined where there is none. Never for this machine itself. Throws for what is no address of an HTTP proxy.
 */
export function chooseProxy(address: string, env: Environment): URL | undefined {
  const { protocol, hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host) || isExcepted(host, port, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const scheme = protocol.replace(':', '');
  const told = readVariable(env, `${scheme}_proxy`) || readVariable(env, 'all_proxy');
  if (!told) return undefined;
  const spelled = /^[a-z][a-z\d+.-]*:\/\//i.test(told) ? told : `http://${told}`;
  const proxy = URL.canParse(spelled) ? new URL(spelled) : undefined;
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new Error(
    `${scheme.toUpperCase()}_PROXY or ALL_PROXY names no HTTP proxy. Set it to http://HOST:PORT, or name ${host} in NO_PROXY.`,
  );
}

/** An empty variable in lower case switches off the one in upper case. */
function readVariable(env: Environment, name: string): string | undefined {
  // A web server passes a client's header `Proxy` to its programs as HTTP_PROXY.
  const upper = name === 'http_proxy' && env['REQUEST_METHOD'] !== undefined ? undefined : name.toUpperCase();
  return env[name] ?? (upper === undefined ? undefined : env[upper]);
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
  );
}

function isExcepted(host: string, port: string, list: string): boolean {
  if (list === '*') return true;
  const names = list.replaceAll(' ', '').split(',').filter(Boolean);
  if (isIPv4(host) && names.some((name) => isInNetwork(host, name))) return true;
  const withPort = port === '' ? host : `${host}:${port}`;
  return names.some((name) => {
    if (isIPv4(host)) return host === name || withPort === name;
    const domain = name.replace(/^\.+/, '').toLowerCase();
    return [host, withPort].some((one) => one === domain || one.endsWith(`.${domain}`) || one.endsWith(name));
  });
}

/** `10.0.0.0/8` */
function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits] = network.split('/');
  if (bits === undefined || !isIPv4(address) || !/^\d+$/.test(bits) || Number(bits) > 32) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits));
  return list.check(host);
}
