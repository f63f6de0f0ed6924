import type { Caller } from '../../../../rules/profile/profile.ts';
import { createPauses } from '../../../kernel/pauses.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Routes } from '../../../kernel/routes.ts';
import { createTexts } from '../../../store/memory.ts';
import type { EmulatorContext } from '../../context.ts';
import { allow, hideProtected } from '../requests.ts';
import type { Bodies } from './bodies.ts';
import { listImages } from './page.ts';

const keptBytes = 16 * 2 ** 20;
/** Images that are read in one go. */
const stride = 100;

/** `GET /v2/images`. A page that is asked for again before anything has changed is sent as it was. */
export function listRoute(routes: Routes, context: EmulatorContext, bodies: Bodies): void {
  const pages = createTexts(context.store, keptBytes);
  for (const region of context.regions)
    routes.on('GET', `/${region}/image/v2/images`, async (request, reply) => {
      const { caller } = allow(context, request, 'read', 'get_images');
      const key = JSON.stringify([caller.account, caller.roles, request.url]);
      const text = pages.get(key) ?? (await page(caller, region, readQuery(request), key));
      return reply.type('application/json').send(text);
    });

  async function page(caller: Caller, region: string, query: URLSearchParams, key: string): Promise<Buffer> {
    const commits = context.store.commits();
    const { rows, first, next } = await listImages(context, caller, region, query);
    const pause = createPauses();
    const shown: string[] = [];
    for (let at = 0; at < rows.length; at += stride) {
      for (const body of bodies.page(rows.slice(at, at + stride)))
        shown.push(hideProtected(context, caller, body));
      await pause();
    }
    const parts = [
      `"images":[${shown.join(',')}]`,
      `"first":${JSON.stringify(first)}`,
      '"schema":"/v2/schemas/images"',
      ...(next === undefined ? [] : [`"next":${JSON.stringify(next)}`]),
    ];
    const text = Buffer.from(`{${parts.join(',')}}`);
    pages.keep(key, text, commits);
    return text;
  }
}
