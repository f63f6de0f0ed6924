import { STATUS_CODES } from 'node:http';
import { readBytes } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Reply, Request } from '../http.ts';
import { type Place, segmentsOf, splitName } from './content.ts';
import { limits } from './limits.ts';
import { decode, type Target } from './paths.ts';

/** What a bulk request did; Swift answers 200 and tells the rest in the body. */
interface Result {
  deleted: number;
  missing: number;
  /** Name as it was sent, and status. */
  readonly errors: [name: string, status: string][];
  /** What is wrong with the request as a whole. */
  readonly refused?: Fault;
}

/** `?bulk-delete`: the names of containers and objects line by line, URL-encoded. */
export async function bulkDelete(cloud: Cloud, place: Place, request: Request, reply: Reply): Promise<Reply> {
  const most = limits.deletes * 3 * (limits.containerName + limits.objectName + 2);
  const body = await readBytes(request, most);
  const lines = body.toString('latin1').split('\n');
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (names.length > limits.deletes)
    return answer(request, reply, {
      ...nothing(),
      refused: new Fault(413, `Maximum Bulk Deletes: ${limits.deletes} per request`),
    });
  return answer(request, reply, await cloud.store.free(() => removeAll(cloud, place, names)));
}

/** DELETE with `multipart-manifest=delete`: a static large object and its segments, also those of segments. */
export async function deleteStatic(
  cloud: Cloud,
  region: string,
  { account, container, object }: Target,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const place = { region, account };
  if (!cloud.objects.container(region, account, container))
    throw new Fault(404, 'The resource could not be found.');
  const result = await cloud.store.free((): Result => {
    const row = cloud.objects.find(region, account, container, object);
    if (row && row.slo_etag === null)
      return {
        ...nothing(),
        errors: [[encode(`/${container}/${object}`), '400 Bad Request']],
        refused: new Fault(400, 'Not an SLO manifest'),
      };
    const names = [...new Set(allOf(cloud, place, `/${container}/${object}`))];
    return removeAll(cloud, place, names.map(encode));
  });
  return answer(request, reply, result);
}

/** The segments first, then the manifest that names them. */
function allOf(cloud: Cloud, place: Place, name: string, depth = 0): string[] {
  const row = cloud.objects.find(place.region, place.account, ...splitName(name));
  if (!row || row.slo_etag === null || depth > 10) return [name];
  return [...segmentsOf(cloud, row).flatMap((segment) => allOf(cloud, place, segment.name, depth + 1)), name];
}

/** Inside `store.write`. A name that cannot be removed leaves the others alone. */
function removeAll(cloud: Cloud, { region, account }: Place, names: readonly string[]): Result {
  const result = nothing();
  for (const name of names) {
    try {
      const [container, object] = splitName(decode(name));
      if (object === '') cloud.objects.removeContainer(region, account, container);
      else cloud.objects.remove(region, account, container, object);
      result.deleted += 1;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.status === 404) result.missing += 1;
      else result.errors.push([name, `${error.status} ${STATUS_CODES[error.status]}`]);
    }
  }
  return result;
}

function nothing(): Result {
  return { deleted: 0, missing: 0, errors: [] };
}

function answer(request: Request, reply: Reply, result: Result): Reply {
  const { deleted, missing, errors } = result;
  const isIdle = deleted === 0 && missing === 0 && errors.length === 0;
  const refused = result.refused ?? (isIdle ? new Fault(400, 'Invalid bulk delete.') : undefined);
  const failed = refused?.status ?? (errors.length > 0 ? 400 : 200);
  const status = `${failed} ${STATUS_CODES[failed]}`;
  const text = refused?.message ?? '';
  if (request.headers.accept?.includes('application/json'))
    return reply.type('application/json').send(
      JSON.stringify({
        'Response Status': status,
        'Response Body': text,
        'Number Deleted': deleted,
        'Number Not Found': missing,
        Errors: errors,
      }),
    );
  const lines = [
    `Number Deleted: ${deleted}`,
    `Number Not Found: ${missing}`,
    `Response Body: ${text}`,
    `Response Status: ${status}`,
    'Errors:',
    ...errors.map(([name, problem]) => `${name}, ${problem}`),
  ];
  return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
}

function encode(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
