import { randomUUID } from 'node:crypto';
import { answers } from '../../../rules/service/answers.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { readBytes } from '../../kernel/body.ts';
import type { JobKind, JobState } from '../../kernel/jobs.ts';
import { readParam } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession } from '../identity/identity.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import { canSee } from './access.ts';
import { buildImageBase } from './create.ts';
import { hasCacheUpkeep } from './versions.ts';
import type { ImageRow } from './view.ts';

/** An image in the cache, or in the queue for it: `cached` is null. Times in milliseconds. */
interface CacheRow {
  readonly image: string;
  readonly size: number;
  readonly queued: number;
  readonly cached: number | null;
}

export const cacheTables: readonly string[] = [
  `CREATE TABLE image_cache (
     region TEXT NOT NULL, image TEXT NOT NULL, size INTEGER NOT NULL, queued INTEGER NOT NULL, cached INTEGER,
     PRIMARY KEY (region, image)
   ) STRICT, WITHOUT ROWID`,
];

/** Simulated milliseconds for each image, and each byte of it. Ours. */
const timeOf = (bytes: number): number => 5_000 + (60_000 * bytes) / 2 ** 30;

/**
 * The cache API of Glance 25.1 (`api/v2/cached_images.py`), which has administrators list, fill and empty the cache; 2026.2
 * adds its upkeep, and the nodes that have an image. Downloads pass by the cache, as in the deployment that was measured.
 */
export function cacheRoutes(routes: Routes, context: EmulatorContext): void {
  // Long, since it is a table of routes that share a few readers.
  const { images, jobs, profile, store } = context;
  if (!profile.offers.stores) return;
  for (const region of context.regions) {
    const base = `/${region}/image/v2/cache`;
    const list = (condition: string): CacheRow[] =>
      store.all<CacheRow>(`SELECT * FROM image_cache WHERE region = ? AND ${condition}`, region);
    const empty = (part: 'cache' | 'queue', image?: string): void => {
      store.run(
        `DELETE FROM image_cache WHERE region = ? AND (cached IS NOT NULL) = ? AND image = coalesce(?, image)`,
        region,
        part === 'cache' ? 1 : 0,
        image ?? null,
      );
    };
    const findSeen = ({ caller }: ScopedSession, id: string): ImageRow | undefined => {
      const row = images.find(region, id);
      return row && canSee({ images, profile }, caller, row) ? row : undefined;
    };

    routes.on('GET', base, async (request) => {
      const asking = authenticate(context, request);
      await refuseBody(request);
      requireCache(context, asking, 'cache_list');
      return {
        cached_images: list('cached IS NOT NULL ORDER BY image').map(renderCached),
        queued_images: list('cached IS NULL ORDER BY queued').map(({ image }) => image),
      };
    });
    routes.on('DELETE', base, async (request, reply) => {
      requireCache(context, authenticate(context, request), 'cache_delete');
      const parts = readTarget(request);
      await store.free(() => {
        for (const part of parts) empty(part);
      });
      return reply.code(204).type('text/html; charset=UTF-8').send();
    });
    routes.on('PUT', `${base}/:id`, async (request, reply) => {
      const asking = authenticate(context, request);
      const id = readParam(request, 'id');
      await refuseBody(request);
      await store.write(() => {
        const row = findSeen(asking, id);
        if (!row) throw noImage(id);
        requireCache(context, asking, 'cache_image');
        if (row.status !== 'active')
          throw new ApiError('image/cache', 'Only images with status active can be targeted for queueing', {
            status: 400,
          });
        const { changes } = store.run(
          'INSERT OR IGNORE INTO image_cache (region, image, size, queued) VALUES (?, ?, ?, ?)',
          region,
          id,
          row.size ?? 0,
          context.clock.now(),
        );
        if (changes > 0)
          jobs.add({
            id: randomUUID(),
            kind: 'image-cache',
            account: asking.account.id,
            data: { region, image: id },
          });
      });
      return reply.code(202).type('text/html; charset=UTF-8').send();
    });
    routes.on('DELETE', `${base}/:id`, async (request, reply) => {
      const asking = authenticate(context, request);
      const id = readParam(request, 'id');
      await store.free(() => {
        if (!findSeen(asking, id) && !find(context, region, id)) throw noImage(id);
        requireCache(context, asking, 'cache_delete');
        for (const part of ['cache', 'queue'] as const) empty(part, id);
      });
      return reply.code(204).type('text/html; charset=UTF-8').send();
    });
    if (!hasCacheUpkeep(profile)) continue;
    routes.on('GET', `${base}/nodes/:id`, async (request) => {
      const asking = authenticate(context, request);
      await refuseBody(request);
      requireCache(context, asking, 'list_cached_nodes');
      const id = readParam(request, 'id');
      if (!findSeen(asking, id)) throw noImage(id);
      return typeof find(context, region, id)?.cached === 'number' ? [buildImageBase(request, region)] : [];
    });
    routes.on('POST', `${base}/clean`, (request, reply) => {
      requireCache(context, authenticate(context, request), 'cache_clean');
      return reply.code(200).type('text/html; charset=UTF-8').send('');
    });
    // The cache is as large as it needs to be, so nothing is over.
    routes.on('POST', `${base}/prune`, (request) => {
      requireCache(context, authenticate(context, request), 'cache_prune');
      return { total_files_pruned: 0, total_bytes_pruned: 0 };
    });
  }
}

/** Images come into the cache one after the other; one that is gone or has no data stays in the queue, as in Glance. */
export function imageCacheJob(context: EmulatorContext): JobKind {
  const { clock, images, jobs, store } = context;
  const end = ({ id }: JobState, change: () => void = () => undefined): Promise<void> =>
    store.write(() => {
      change();
      jobs.finish(id);
    });
  return {
    queue: { atOnce: 1, group: ({ data }) => `image cache ${String(data['region'])}` },
    steps: {
      start: async (job, { signal }) => {
        const [region, image] = [String(job.data['region']), String(job.data['image'])];
        await clock.work(timeOf(find(context, region, image)?.size ?? 0), signal);
        await end(job, () => {
          const row = images.find(region, image);
          if (row?.status === 'active' && row.blob !== null)
            store.run(
              'UPDATE image_cache SET cached = ?, size = ? WHERE region = ? AND image = ? AND cached IS NULL',
              clock.now(),
              row.size,
              region,
              image,
            );
        });
      },
    },
    failed: (job) => end(job),
  };
}

function find({ store }: EmulatorContext, region: string, image: string): CacheRow | undefined {
  return store.get<CacheRow>('SELECT * FROM image_cache WHERE region = ? AND image = ?', region, image);
}

/** Times are seconds since 1970. */
function renderCached({ image, size, cached }: CacheRow) {
  const time = (cached ?? 0) / 1000;
  return { image_id: image, hits: 0, last_accessed: time, last_modified: time, size };
}

function authenticate({ identity }: EmulatorContext, { headers }: Request): ScopedSession {
  return identity.authenticate(headers['x-auth-token']);
}

/** Throws 403 where the caller is no administrator, then 404 where there is no cache. */
function requireCache(
  { profile, settings }: EmulatorContext,
  { caller }: ScopedSession,
  policy: string,
): void {
  if (!isCloudAdmin(profile, caller)) throw toApiError({ rule: 'role/images', ...answers.policy(policy) });
  if (!settings.imageCache)
    throw new ApiError('image/cache', 'Caching via API is not supported at this site.');
}

async function refuseBody(request: Request): Promise<void> {
  if ((await readBytes(request, 2 ** 20)).length > 0)
    throw new ApiError('request/body', 'A body is not expected with this request.');
}

function readTarget({ headers }: Request): readonly ('cache' | 'queue')[] {
  const target = String(headers['x-image-cache-clear-target'] ?? '').toLowerCase();
  if (target === '') return ['cache', 'queue'];
  if (target === 'cache' || target === 'queue') return [target];
  throw new ApiError(
    'image/cache',
    "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.",
    { status: 400 },
  );
}

function noImage(id: string): ApiError {
  return toApiError({ rule: 'image/visible', status: 404, text: `Image ${id} not found.` });
}
