import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { ApiError } from '../../../kernel/apiError.ts';
import { receive, type Upload } from '../../../kernel/receiving.ts';
import type { EmulatorContext } from '../../context.ts';
import { limitImage } from '../data.ts';
import { refuseUri } from './request.ts';

const mostRedirects = 5;
const connectTime = 30_000;

/**
 * Fetches a URI into a synced file. Every hop is filtered: scheme, port, and no host that is loopback or link-local
 * unless the settings allow it (SOURCES: glance §8). Faults say what the task's message tells.
 */
export async function fetchImage(
  context: EmulatorContext,
  uri: string,
  signal: AbortSignal,
): Promise<Upload> {
  let at = uri;
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const url = refuseUri(context, at);
    const address = await resolveAddress(context, url);
    const response = await get(url, address, signal);
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
      response.destroy();
      at = new URL(location, url).href;
      continue;
    }
    if (statusCode !== 200) {
      response.destroy();
      throw new ApiError(
        'image/fetch',
        `The image data could not be fetched: ${url.host} answered ${statusCode}.`,
      );
    }
    const expected = Number(response.headers['content-length'] ?? Number.NaN);
    const file = await receive(response, context.blobs, 'sha512', limitImage(context));
    if (!Number.isNaN(expected) && file.size !== expected) {
      context.blobs.discard(file.file);
      throw new ApiError(
        'image/fetch',
        `The image data was cut short: ${file.size} of ${expected} bytes came.`,
      );
    }
    return file;
  }
  throw new ApiError(
    'image/fetch',
    `The image data could not be fetched: more than ${mostRedirects} redirects.`,
  );
}

/** The address to ask, looked up once, so that what was checked is what is asked. */
async function resolveAddress({ settings }: EmulatorContext, url: URL): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const refused = new ApiError('image/uri', `URI for web-download does not pass filtering: ${url.href}`);
  const addresses =
    isIP(host) > 0
      ? [host]
      : await lookup(host, { all: true })
          .then((all) => all.map(({ address }) => address))
          .catch(() => []);
  const [first] = addresses;
  if (first === undefined) throw refused;
  if (!settings.webDownload.hosts.includes(host) && addresses.some(isOurs)) throw refused;
  return first;
}

/** Loopback, link-local, unspecified: the machine itself, or what only it reaches. */
function isOurs(address: string): boolean {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addSubnet('169.254.0.0', 16, 'ipv4');
  list.addSubnet('0.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  list.addAddress('::', 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

async function get(url: URL, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
  const family = isIP(address);
  const asked = ask(url, {
    signal,
    agent: false,
    timeout: connectTime,
    lookup: (_host, options, found) =>
      options.all ? found(null, [{ address, family }]) : found(null, address, family),
  });
  asked.on('timeout', () => asked.destroy(new Error(`${url.host} did not answer.`)));
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  if (!response) throw new Error('No response.');
  return response;
}
