import { findBodyFault, type Schema } from '../../../../../rules/nova/schema.ts';
import { objectOf, tag as tagSchema } from '../../../../../rules/nova/types.ts';
import { notFound } from '../../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../../context.ts';
import type { ComputeRequest, OnCompute } from '../../api/compute.ts';
import { requireWriter } from '../../api/permissions.ts';
import { badRequest, itemNotFound, refusePolicy } from '../../api/refuse.ts';
import { requireState } from '../find.ts';
import type { ServerRow } from '../rows.ts';

const mostTags = 50;
const allTags: Schema = objectOf({ tags: { type: 'array', items: tagSchema, maxItems: mostTags } }, ['tags']);

/** `/servers/ID/tags`, from 2.26 (SOURCES: nova §10). */
export function serverTagRoutes(on: OnCompute, context: EmulatorContext): void {
  const { servers, store } = context;
  const path = '/servers/:id/tags';
  const versions = { from: 26 };
  const read = (asked: ComputeRequest, verb: string) => servers.tags(findTagged(context, asked, verb).key);
  const change = <T>(asked: ComputeRequest, verb: string, use: (row: ServerRow, tags: string[]) => T) =>
    store.write(() => {
      const row = findTagged(context, asked, verb);
      requireWriter(context, asked, `os-server-tags:${verb}`);
      const words: Readonly<Record<string, string>> = {
        update_all: 'update tags',
        delete_all: 'delete tags',
      };
      requireState(row, words[verb] ?? `${verb} tag`, ['active', 'paused', 'suspended', 'stopped'], true);
      return use(row, servers.tags(row.key));
    });

  on('GET', path, (asked) => ({ status: 200, body: { tags: read(asked, 'index') } }), versions);
  on(
    'PUT',
    path,
    async (asked) => {
      const { tags } = (await asked.read(allTags)) as { tags: string[] }; // the schema says so
      await change(asked, 'update_all', (row) => servers.setTags(row, tags));
      return { status: 200, body: { tags: read(asked, 'index') } };
    },
    versions,
  );
  on(
    'DELETE',
    path,
    async (asked) => {
      await change(asked, 'delete_all', (row) => servers.setTags(row, []));
      return { status: 204 };
    },
    versions,
  );
  on(
    'GET',
    `${path}/:tag`,
    (asked) => {
      const tag = asked.param('tag');
      if (!read(asked, 'show').includes(tag))
        throw itemNotFound(`Server ${asked.param('id')} has no tag '${tag}'`);
      return { status: 204 };
    },
    versions,
  );
  on(
    'PUT',
    `${path}/:tag`,
    async (asked) => {
      asked.require(await asked.readAny(), { type: 'null' });
      const tag = asked.param('tag');
      return change(asked, 'update', (row, tags) => {
        const fault = findBodyFault(tag, tagSchema);
        if (fault !== undefined)
          throw badRequest(
            `Tag '${tag}' is invalid. It must be a non empty string without characters '/' and ','. Validation error message: ${fault}`,
          );
        if (tags.length >= mostTags)
          throw badRequest(`The number of tags exceeded the per-server limit ${mostTags}`);
        if (tags.includes(tag)) return { status: 204 };
        servers.setTags(row, [...tags, tag]);
        const location = `${asked.root}/servers/${row.id}/tags/${encodeURIComponent(tag)}`;
        return { status: 201, headers: { location } };
      });
    },
    versions,
  );
  on(
    'DELETE',
    `${path}/:tag`,
    async (asked) => {
      const tag = asked.param('tag');
      await change(asked, 'delete', (row, tags) => {
        if (!tags.includes(tag)) throw itemNotFound(`Instance ${row.id} has no tag '${tag}'`);
        servers.setTags(
          row,
          tags.filter((other) => other !== tag),
        );
      });
      return { status: 204 };
    },
    versions,
  );
}

/** Tags are looked for by another way than servers: what is another's is refused, and not unknown. */
function findTagged(context: EmulatorContext, asked: ComputeRequest, verb: string): ServerRow {
  const id = asked.param('id');
  if (asked.param('tag').includes('/')) throw notFound(); // an encoded slash separates parts of a path
  const row = context.servers.find(asked.region, id);
  if (!row) throw itemNotFound(`Instance ${id} has no mapping to a cell.`);
  if (row.account !== asked.account.id && !asked.isAdmin) throw refusePolicy(`os-server-tags:${verb}`);
  return row;
}
