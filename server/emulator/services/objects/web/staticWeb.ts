import { ApiError, notFound } from '../../../kernel/apiError.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Access } from '../access.ts';
import { moveTo } from '../answers.ts';
import type { Headers } from '../headers.ts';
import { limits } from '../limits.ts';
import { varyByAccept } from '../listing/answer.ts';
import { list } from '../listing/list.ts';
import { listObjects } from '../listing/rows.ts';
import { decode, isTrue, readTarget, type Target } from '../paths.ts';
import type { ContainerRow } from '../records.ts';
import { download } from '../transfer/download.ts';
import { disabledPage, listingPage, type WebPage } from './pages.ts';

/** Containers as web sites, for who asks without a token (`X-Web-Mode`: with one, too). */

interface Site {
  readonly context: EmulatorContext;
  readonly access: Access;
  readonly region: string;
  readonly request: Request;
  readonly reply: Reply;
  readonly target: Target;
  readonly row: ContainerRow;
  readonly settings: Settings;
}

interface Settings {
  readonly index: string;
  readonly error: string;
  readonly listings: string;
  readonly label: string;
  readonly css: string;
  readonly directoryType: string;
}

function openSite(
  context: EmulatorContext,
  access: Access,
  region: string,
  request: Request,
  reply: Reply,
): Site | undefined {
  const isWeb = isTrue(String(request.headers['x-web-mode'] ?? ''));
  if ((!isWeb && access.isSignedIn(request)) || /[?&]temp_url_sig=/.test(request.url)) return undefined;
  const target = readTarget(request);
  const row = context.objects.container(region, target.account, target.container);
  if (!row) return undefined;
  const metadata: Headers = JSON.parse(row.metadata);
  const read = (name: string) => (metadata[`x-container-meta-web-${name}`] ?? '').trim();
  const settings: Settings = {
    index: read('index'),
    error: read('error'),
    listings: read('listings'),
    label: read('listings-label'),
    css: read('listings-css'),
    directoryType: read('directory-type') || 'application/directory',
  };
  return { context, access, region, request, reply, target, row, settings };
}

/** GET and HEAD of a container that is a site; undefined where it is none. */
export function serveContainer(
  context: EmulatorContext,
  access: Access,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> | undefined {
  const site = openSite(context, access, region, request, reply);
  if (!site) return undefined;
  const { index, listings, error } = site.settings;
  const isSite = index !== '' || listings !== '';
  if (!isSite && error === '') return undefined;
  return withErrorPage(site, async () => {
    access.container(region, request, 'list');
    if (!isSite) throw notFound('files/not-found');
    if (!hasSlash(request)) return moveOn(site);
    if (index !== '' && findObject(site, index)) {
      varyByAccept(request, reply);
      return send(site, index);
    }
    return sendListing(site, '');
  });
}

/** GET and HEAD of an object, which in a site may be the index or the listing of a folder. */
export async function serveObject(
  context: EmulatorContext,
  access: Access,
  region: string,
  request: Request,
  reply: Reply,
  serve: () => Promise<Reply>,
): Promise<Reply> {
  const site = openSite(context, access, region, request, reply);
  if (!site) return serve();
  const { settings, target } = site;
  const row = context.objects.find(region, target.account, target.container, target.object);
  const isFolder = row?.content_type === settings.directoryType && row.size <= 1;
  if (row && !isFolder) return serve();
  try {
    access.object(region, request, 'read');
  } catch (error) {
    return withErrorPage({ ...site, settings: { ...settings, error: '' } }, () => Promise.reject(error));
  }
  if (settings.index === '' && settings.listings === '') return serve();
  return withErrorPage(site, async () => {
    const folder = target.object.replace(/\/?$/, '/');
    if (settings.index !== '' && findObject(site, folder + settings.index))
      return hasSlash(request) ? send(site, folder + settings.index) : moveOn(site);
    if (hasSlash(request)) return sendListing(site, target.object);
    const [first] = await listFolder(site, folder, 1);
    if (!first) throw notFound('files/not-found');
    return moveOn(site);
  });
}

function hasSlash({ url }: Request): boolean {
  return /^[^?]*\/(\?|$)/.test(url);
}

function moveOn({ reply, request }: Site): Reply {
  const [path = ''] = request.url.split('?', 1);
  return moveTo(reply, `http://${request.headers.host ?? ''}${path}/`);
}

function findObject({ context, region, target }: Site, object: string) {
  return context.objects.find(region, target.account, target.container, object);
}

function send(
  { context, access, region, request, reply, target }: Site,
  object: string,
  status?: number,
): Promise<Reply> {
  const opened = { ...access.object(region, request, 'read'), ...target, object };
  return download(context, region, request, reply, opened, status);
}

/** A refusal is answered with the site's own page for it, where it has one: `404error.html`. */
async function withErrorPage(site: Site, act: () => Promise<Reply> | Reply): Promise<Reply> {
  try {
    return await act();
  } catch (error) {
    const page = error instanceof WebRefusal || error instanceof ApiError ? error : undefined;
    const { error: suffix } = site.settings;
    if (!page) throw error;
    const name = `${page.status}${suffix}`;
    if (suffix !== '' && findObject(site, name)) {
      try {
        site.reply.header('x-cloud-images-rule', page.rule);
        return await send(site, name, page.status);
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
      }
    }
    throw error;
  }
}

/** A refusal with a page of its own. */
class WebRefusal extends ApiError {
  constructor(page: string) {
    super('files/not-found', page);
  }
}

async function sendListing(site: Site, prefix: string): Promise<Reply> {
  const { settings, request, reply, target } = site;
  const path = decode(request.url.split('?', 1)[0] ?? '').replace(/^\/[^/]+\/object-store/, '');
  const label = settings.label === '' ? path : `${settings.label}/${target.object}`;
  const page: WebPage = { label, css: settings.css, prefix, index: settings.index };
  if (!isTrue(settings.listings)) throw new WebRefusal(disabledPage(page));
  const entries = await listFolder(site, prefix, limits.listing);
  if (prefix !== '' && entries.length === 0) throw notFound('files/not-found');
  return reply.code(200).type('text/html; charset=UTF-8').send(listingPage(page, entries));
}

function listFolder({ context, row }: Site, prefix: string, limit: number) {
  const asked = { prefix, delimiter: '/', marker: '', endMarker: '', limit, reverse: false, flat: false };
  return list(asked, (bounds, reverse, count) => listObjects(context, row, { ...bounds, reverse, count }));
}
