import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { listImages } from '../../images/list/page.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { readMetadata } from './find.ts';
import { viewBasic, viewImage } from './view.ts';

/** `GET /images` and `GET /images/detail`: the list of the image service, in Nova's words (SOURCES: nova §9). */
export async function listProxied(context: EmulatorContext, asked: ComputeRequest, detail: boolean) {
  const { images: records } = context;
  const { region, caller } = asked;
  const found = await findPage(context, asked);
  const views = found.flatMap(({ id }) => {
    const row = records.find(region, id);
    return row ? [records.view(row)] : []; // deleted since
  });
  const images = views.map((view) =>
    detail ? viewImage(view, readMetadata(context, view, caller), asked) : viewBasic(view, asked),
  );
  const isLimited = Number(asked.query.get('limit') ?? 1) > 0;
  const links = isLimited ? nextLink(asked, detail ? 'images/detail' : 'images', found) : {};
  return { status: 200, body: { images, ...links } };
}

async function findPage(context: EmulatorContext, asked: ComputeRequest) {
  const query = translateQuery(context, asked);
  try {
    const { rows } = await listImages(context, asked.caller, asked.region, query);
    return rows;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { rule, status, message } = error;
    throw new ApiError(rule, `HTTP ${status} ${status === 400 ? 'Bad Request' : 'Forbidden'}: ${message}`, {
      status,
    });
  }
}

const filters: Readonly<Record<string, string>> = {
  name: 'name',
  status: 'status',
  'changes-since': 'updated_at',
  server: 'instance_uuid',
  type: 'image_type',
  minRam: 'min_ram',
  minDisk: 'min_disk',
};

/** The query as the image service takes it. Other parameters mean nothing. */
function translateQuery({ profile }: EmulatorContext, { query }: ComputeRequest): URLSearchParams {
  const limit = readLimit(query);
  const translated = new URLSearchParams({ limit: String(limit === 0 ? 1000 : limit) });
  const marker = query.get('marker');
  if (marker !== null) translated.set('marker', marker);
  for (const [name, value] of query) {
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (filter !== undefined) translated.set(filter, readFilter(name, value));
    else if (name.startsWith('property-'))
      translated.set(readProperty(name, profile.compute.hasMicroversions), value);
  }
  return translated;
}

function readFilter(name: string, value: string): string {
  if (name === 'changes-since') return `gte:${value}`;
  if (name === 'server') return value.slice(value.lastIndexOf('/') + 1);
  return name === 'status' || name === 'type' ? value.toLowerCase() : value;
}

/** Nova's later API takes every leading letter of "property-" off, also those of the name (SOURCES: nova §9). */
function readProperty(name: string, isGreedy: boolean): string {
  return isGreedy ? name.replace(/^[property-]+/, '') : name.slice('property-'.length);
}
