import type { Call } from '../cloud/run/calls.ts';
import { guestChanges } from '../cloud/run/servers/plan.ts';
import { placeText } from '../cloud/run/show.ts';
import { nameBytes } from '../cloud/run/source/bytes.ts';
import { importBody } from '../cloud/run/source/importBody.ts';
import { type Step, withImage } from '../cloud/run/steps.ts';
import { isCut } from '../cloud/services/largeObjects.ts';
import { isObject, type Json, type JsonObject } from '../rules/json.ts';
import { serverOf } from '../rules/service/imageReferences.ts';
import { inputOf, propertiesOf } from '../rules/service/importBody.ts';
import type { AgentCloud } from './agentCloud.ts';
import { cleanResult } from './results.ts';

/** A request as it will be made. `note`: what of it is known only then. */
export interface PlannedCall {
  readonly method: string;
  /** Behind the endpoint of its service. */
  readonly path: string;
  readonly body?: Json;
  readonly note?: string;
}

/** The requests of a step that change something, in their order. Secrets of bodies are left out. */
export function describeCalls(step: Step, place: Pick<AgentCloud, 'control'>): PlannedCall[] {
  return listCalls(step, place).map(({ body, ...call }) =>
    body === undefined ? call : { ...call, body: cleanBody(body) },
  );
}

/** Writes a request in a line: `PATCH /v2/images/ID [{"op":"replace",…}]`. */
export function callLine({ method, path, body, note }: PlannedCall): string {
  const parts = [method, path, ...(body === undefined ? [] : [JSON.stringify(body)])];
  return `${parts.join(' ')}${note === undefined ? '' : ` (${note})`}`;
}

function cleanBody(body: Json): Json {
  return cleanResult({ body })['body'] ?? null;
}

function listCalls(step: Step, { control }: Pick<AgentCloud, 'control'>): PlannedCall[] {
  if (step.type === 'change') return step.plan.calls.map(describeCall);
  if (step.type === 'later')
    return [
      {
        method: step.part.kind === 'image' ? 'PATCH, PUT, POST or DELETE' : 'PATCH',
        path: '/v2/images/…',
        body: step.manifest,
        note: `the calls that bring this about, once ${placeText(step.by)} has made its image`,
      },
    ];
  if (step.type === 'import') return importCalls(step);
  if (step.type === 'export') {
    const { data } = step.part;
    const body = toTask('export', step.image === undefined ? data : withImage(data, step.image));
    const note = step.image === undefined ? { note: 'of the image that its file makes' } : {};
    return [{ method: 'POST', path: '/v2/tasks', body, ...note }];
  }
  if (step.type === 'server')
    return [{ method: 'POST', path: '/servers', body: { server: serverOf(step.body) } }];
  if (step.type === 'server-image') return imageCalls(step, control !== undefined);
  if (step.type === 'server-rebuild')
    return [{ ...action(step.server), body: { rebuild: { imageRef: step.image } } }];
  if (step.type === 'server-deletion') return [{ method: 'DELETE', path: `/servers/${step.server}` }];
  return [];
}

function describeCall(call: Call): PlannedCall {
  const path = `/v2/images/${call.image}`;
  switch (call.type) {
    case 'create':
      return { method: 'POST', path: '/v2/images', body: call.body };
    case 'patch':
      return { method: 'PATCH', path, body: call.body };
    case 'add-tag':
      return { method: 'PUT', path: `${path}/tags/${encodeURIComponent(call.tag)}` };
    case 'remove-tag':
      return { method: 'DELETE', path: `${path}/tags/${encodeURIComponent(call.tag)}` };
    case 'add-member':
      return { method: 'POST', path: `${path}/members`, body: { member: call.member } };
    case 'remove-member':
      return { method: 'DELETE', path: `${path}/members/${encodeURIComponent(call.member)}` };
    case 'answer-share':
      return {
        method: 'PUT',
        path: `${path}/members/${encodeURIComponent(call.member)}`,
        body: { status: call.status },
      };
    case 'get':
      return { method: 'GET', path };
    case 'delete':
      return { method: 'DELETE', path };
    case 'fill': {
      const from = call.bytes ? nameBytes(call.bytes) : undefined;
      if (call.method === 'upload')
        return { method: 'PUT', path: `${path}/file`, ...(from ? { note: `the bytes of ${from}` } : {}) };
      const note = call.method === 'glance-direct' ? { note: `once ${from} is staged` } : {};
      return { method: 'POST', path: `${path}/import`, body: importBody(call), ...note };
    }
  }
}

function importCalls({ part, disk }: Extract<Step, { type: 'import' }>): PlannedCall[] {
  const { data, profile } = part;
  const from = String(inputOf(data)['import_from'] ?? '');
  const bytes = disk === undefined ? '' : `${disk.bytes.toLocaleString('en-US')} bytes of ${disk.path}`;
  if (!profile.offers.importTask)
    return [
      {
        method: 'POST',
        path: '/v2/images',
        body: { name: from, ...propertiesOf(data), disk_format: 'vhd', container_format: 'bare' },
      },
      { method: 'PUT', path: '/v2/images/…/file', note: bytes },
    ];
  return [
    ...(disk === undefined ? [] : uploadCalls(from, disk.bytes, bytes)),
    { method: 'POST', path: '/v2/tasks', body: toTask('import', data) },
  ];
}

function uploadCalls(from: string, size: number, bytes: string): PlannedCall[] {
  const [container = ''] = from.split('/');
  const containers = isCut(size, undefined) ? [container, `${container}_segments`] : [container];
  return [
    ...containers.map((name) => ({
      method: 'PUT',
      path: `/${name}`,
      note: 'makes the container where it is missing',
    })),
    {
      method: 'PUT',
      path: `/${from}`,
      note: `${bytes}${containers.length > 1 ? ` in segments in ${container}_segments` : ''}, unless Cloud Files holds them already; segments of an object that it replaces are deleted`,
    },
  ];
}

function toTask(type: string, data: Json): JsonObject {
  return { type: (isObject(data) ? data['type'] : undefined) ?? type, input: inputOf(data) };
}

function imageCalls(step: Extract<Step, { type: 'server-image' }>, hasControl: boolean): PlannedCall[] {
  const { part, by } = step;
  const server = step.server ?? '…';
  const createImage = (isObject(part.data) && part.data['createImage']) || null;
  const note = by ? { note: `of the server that ${placeText(by)} builds` } : {};
  const guest = hasControl ? guestChanges(part) : [];
  return [
    ...guest.map((body) => ({ method: 'POST', path: `/emulator/servers/…/${server}/disk`, body })),
    { ...action(server), body: { createImage }, ...note },
  ];
}

function action(server: string): PlannedCall {
  return { method: 'POST', path: `/servers/${server}/action` };
}
