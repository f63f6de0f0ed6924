import { asText, type Json, type JsonObject } from '../../rules/json.ts';
import { serverOf } from '../../rules/service/imageReferences.ts';
import { writeChecksum } from '../../rules/source/checksum.ts';
import { imagesOf } from '../../rules/subject.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { AnsweredRequest } from './call.ts';
import type { Call, FillCall, PlanRefusal } from './calls.ts';
import type { Difference, ImagePlan } from './imagePlan.ts';
import { guestChanges } from './servers/plan.ts';
import { nameBytes } from './source/bytes.ts';
import { importBody } from './source/importBody.ts';
import { listRefusals, type Step } from './steps.ts';

/** Writes a plan for a person: `+` comes, `~` changes, `-` goes. */
export function planText(steps: readonly Step[]): string {
  return `${steps.map(stepText).join('\n')}\n${summary(steps)}\n`;
}

function stepText(step: Step): string {
  return `${[headline(step), ...details(step)].join('\n')}\n`;
}

function headline(step: Step): string {
  const at = placeText(step.part);
  if (step.type === 'change') {
    const { plan } = step;
    const verb = plan.isNew ? 'new image' : plan.undo === 'cannot' ? 'delete image' : 'image';
    const nothing = plan.calls.length === 0 && plan.refusals.length === 0;
    return `${at}: ${verb} '${plan.name}' (${plan.image})${nothing ? ': nothing to do' : ''}`;
  }
  if (step.type === 'later') return `${at}: the image that ${placeText(step.by)} makes`;
  if (step.type === 'import') return `${at}: import as a new image`;
  if (step.type === 'export') return `${at}: export of ${step.image ?? 'the image that its file makes'}`;
  if (step.type === 'server') return `${at}: new server '${asText(serverOf(step.body)['name'] ?? '')}'`;
  if (step.type === 'server-image')
    return `${at}: image of the server ${step.by ? `that ${placeText(step.by)} builds` : step.server}`;
  if (step.type === 'server-rebuild')
    return `${at}: rebuild server '${step.name}' (${step.server}) of the image ${step.image}`;
  if (step.type === 'server-deletion') return `${at}: delete server '${step.name}' (${step.server})`;
  return `${at}: not run: ${step.reason}`;
}

function details(step: Step): string[] {
  const refusals = listRefusals(step).map((refusal) => `  refused: ${refusalText(refusal)}`);
  const notes = 'notes' in step ? step.notes : step.type === 'change' ? step.plan.notes : [];
  return [...changes(step), ...refusals, ...notes.map((note) => `  note: ${note.replaceAll('\n', ' ')}`)];
}

function changes(step: Step): string[] {
  if (step.type === 'change')
    return [
      ...step.plan.differences.flatMap(differenceText),
      ...step.plan.calls.map((call) => `  call: ${callText(call)}`),
    ];
  if (step.type === 'later' && step.part.kind === 'image')
    return imagesOf(step.manifest).flatMap(({ image }) =>
      Object.entries(image).map(([name, value]) => `  + ${name}: ${JSON.stringify(value)}`),
    );
  if (step.type === 'later') return ['  its operations as they are written'];
  if (step.type === 'import' && step.disk !== undefined)
    return [
      `  disk: ${step.disk.path} (${step.disk.bytes.toLocaleString('en-US')} bytes), uploaded unless the container has it`,
    ];
  if (step.type === 'server-image')
    return guestChanges(step.part).map((change) => `  guest: ${JSON.stringify(change)}`);
  if (step.type === 'server')
    return Object.entries(serverOf(step.body)).map(([name, value]) =>
      secret.has(name) ? `  + ${name}: …` : `  + ${name}: ${JSON.stringify(value)}`,
    );
  return [];
}

/** Members of a server that are nobody's to read. */
const secret: ReadonlySet<string> = new Set(['adminPass', 'user_data', 'personality']);

function differenceText({ name, old, new: value }: Difference): string[] {
  if (Array.isArray(old) && Array.isArray(value)) {
    const gone = old
      .filter((item) => !value.includes(item))
      .map((item) => `  - ${name}: ${JSON.stringify(item)}`);
    const come = value
      .filter((item) => !old.includes(item))
      .map((item) => `  + ${name}: ${JSON.stringify(item)}`);
    return [...gone, ...come];
  }
  if (old === undefined) return [`  + ${name}: ${JSON.stringify(value)}`];
  if (value === undefined) return [`  - ${name}: ${JSON.stringify(old)}`];
  return [`  ~ ${name}: ${JSON.stringify(old)} → ${JSON.stringify(value)}`];
}

/** `PATCH /v2/images/ID (2 operations)`. */
function callText(call: Call): string {
  const address = `/v2/images/${call.image}`;
  if (call.type === 'create') return 'POST /v2/images';
  if (call.type === 'patch') {
    const count = Array.isArray(call.body) ? call.body.length : 0;
    return `PATCH ${address} (${count} ${count === 1 ? 'operation' : 'operations'})`;
  }
  if (call.type === 'delete') return `DELETE ${address}`;
  if (call.type === 'get') return `GET ${address}`;
  if (call.type === 'fill') return fillText(call);
  if (call.type === 'answer-share')
    return `PUT ${address}/members/${encodeURIComponent(call.member)} {"status":${JSON.stringify(call.status)}}`;
  if ('tag' in call)
    return `${call.type === 'add-tag' ? 'PUT' : 'DELETE'} ${address}/tags/${encodeURIComponent(call.tag)}`;
  if (call.type === 'add-member') return `POST ${address}/members {"member":${JSON.stringify(call.member)}}`;
  return `DELETE ${address}/members/${encodeURIComponent(call.member)}`;
}

/** `PUT /v2/images/ID/stage: /images/web.qcow2 (1,024 bytes), then POST …/import {…}`. */
function fillText(call: FillCall): string {
  const { image, method, stores, bytes } = call;
  const address = `/v2/images/${image}`;
  const asked = `POST ${address}/import ${JSON.stringify(importBody(call))}`;
  if (method !== 'upload' && method !== 'glance-direct') return asked;
  const size = bytes?.size === undefined ? '' : ` (${bytes.size.toLocaleString('en-US')} bytes)`;
  const verified = bytes?.checksum ? `, verified by ${writeChecksum(bytes.checksum).slice(0, 19)}…` : '';
  const from = bytes ? `: ${nameBytes(bytes)}${size}${verified}` : '';
  if (method === 'glance-direct') return `PUT ${address}/stage${from}, then ${asked}`;
  return `PUT ${address}/file${stores.length > 0 ? ` in ${stores.join(', ')}` : ''}${from}`;
}

export function refusalText({
  status,
  text,
  rule,
  what = 'the task fails',
}: Pick<PlanRefusal, 'status' | 'text'> & { rule?: string; what?: string }): string {
  return `${status > 0 ? `${status} ` : `${what}: `}${text}${rule === undefined ? '' : ` (${rule})`}`;
}

export function answeredText({ method, path, status, text, rule }: AnsweredRequest): string {
  return `  ${method} ${path} → ${status}${text === undefined ? '' : ` ${text}`}${rule === undefined ? '' : ` (${rule})`}`;
}

/** `web.image.yaml`, or `web.image.yaml, document 2` of several. */
export function placeText({ path, index, of }: Pick<ManifestPart, 'path' | 'index' | 'of'>): string {
  return of > 1 ? `${path}, document ${index + 1}` : path;
}

function summary(steps: readonly Step[]): string {
  const count = (number: number, one: string): string[] =>
    number === 0 ? [] : [`${number} ${one}${number === 1 ? '' : 's'}`];
  const plans = steps.flatMap((step): ImagePlan[] => (step.type === 'change' ? [step.plan] : []));
  const calls = plans.reduce((sum, plan) => sum + plan.calls.length, 0);
  const refused = steps.filter((step) => listRefusals(step).length > 0).length;
  const parts = [
    ...count(calls, 'call'),
    ...count(steps.filter(({ type }) => type === 'import').length, 'import'),
    ...count(steps.filter(({ type }) => type === 'export').length, 'export'),
    ...count(steps.filter(({ type }) => type === 'server').length, 'server'),
    ...count(steps.filter(({ type }) => type === 'server-image').length, 'image').map(
      (text) => `${text} of a server`,
    ),
    ...count(steps.filter(({ type }) => type === 'server-rebuild').length, 'rebuild'),
    ...count(steps.filter(({ type }) => type === 'server-deletion').length, 'deletion'),
    ...count(steps.filter(({ type }) => type === 'later').length, 'change').map(
      (text) => `${text} of images that are made first`,
    ),
  ];
  const left = steps.filter(({ type }) => type === 'impossible').length;
  return `Plan: ${parts.join(', ') || 'nothing to do'}.${refused > 0 ? ` The cloud would refuse ${refused}.` : ''}${left > 0 ? ` ${left} cannot be run.` : ''}`;
}

/** Writes a step for machines. */
export function stepJson(step: Step): JsonObject {
  const { path, index, kind } = step.part;
  const base = {
    file: path,
    document: index + 1,
    kind,
    type: step.type,
    refusals: step.type === 'change' ? [] : toJson(listRefusals(step)),
  };
  if (step.type === 'change') {
    const { image, name, isNew, differences, calls, refusals, notes } = step.plan;
    return {
      ...base,
      image,
      name,
      isNew,
      ...(toJson({ differences, calls, refusals, notes }) as JsonObject),
    };
  }
  if (step.type === 'import')
    return {
      ...base,
      ...(step.disk ? { disk: step.disk.path, bytes: step.disk.bytes } : {}),
      notes: [...step.notes],
    };
  if (step.type === 'export')
    return { ...base, ...(step.image === undefined ? {} : { image: step.image }), notes: [...step.notes] };
  if (step.type === 'later') return { ...base, after: placeText(step.by), manifest: step.manifest };
  if (step.type === 'server') return { ...base, server: withoutSecrets(step.body), notes: [...step.notes] };
  if (step.type === 'server-image')
    return {
      ...base,
      ...(step.server === undefined ? {} : { server: step.server }),
      notes: [...step.notes],
    };
  if (step.type === 'server-rebuild') {
    const { server, name, image, notes } = step;
    return { ...base, server, name, image, notes: [...notes] };
  }
  if (step.type === 'server-deletion') return { ...base, server: step.server, name: step.name };
  return { ...base, reason: step.reason };
}

function withoutSecrets(body: Json): JsonObject {
  return Object.fromEntries(Object.entries(serverOf(body)).filter(([name]) => !secret.has(name)));
}

function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
