import type { Facts, Kind } from './facts.ts';
import { isObject, type Json, type JsonObject, pointerTo, tokensOf } from './json.ts';
import { classOf } from './service/attributes.ts';
import { serverRefusals } from './service/buildServer.ts';
import { type Change, type Refusal, refuseChange } from './service/changes.ts';
import { imagedServer, serverImageRefusals } from './service/createImage.ts';
import { diff } from './service/differences.ts';
import {
  applyOperation,
  isRefusal,
  nameOf,
  readOperation,
  readPatch,
  refuseOperation,
  refuseQuota,
} from './service/patchBody.ts';
import { formOf, imagesOf, type Refused } from './subject.ts';

/** The refusals of a manifest's request, in the cloud's order, each at its place. */
export function refusalsOf(kind: Kind, manifest: Json, facts: Facts): Refused[] {
  if (kind === 'image') {
    const images = imagesOf(manifest);
    const known = images.length === 1 ? facts : { profile: facts.profile };
    return images.flatMap(({ pointer, image }) => refusedOfImage(pointer, image, known));
  }
  if (kind === 'patch') return refusedOfPatch(manifest, facts);
  return kind === 'server' || kind === 'server-image' ? refusedOfServer(kind, manifest, facts) : [];
}

function refusedOfServer(kind: 'server' | 'server-image', manifest: Json, facts: Facts): Refused[] {
  const body = isObject(manifest) ? manifest[kind === 'server' ? 'server' : 'createImage'] : undefined;
  if (!isObject(body)) return []; // its shape is what is wrong
  const found =
    kind === 'server'
      ? serverRefusals(body, { ...facts, image: facts.image, imageFollows: facts.made !== undefined })
      : serverImageRefusals(body, { ...facts, server: imagedServer({ manifest, facts }) });
  return found.map((refusal) => ({ refusal, whole: refusal.pointer }));
}

/** With a live image only what differs from it is asked for; without, every key that a customer may write. */
function refusedOfImage(base: string, image: JsonObject, facts: Facts): Refused[] {
  const wanted = new Map(Object.entries(image).filter(([name]) => name !== 'members')); // `share` has those
  const changes: Change[] = facts.image
    ? diff(facts.image, new Map([...facts.image, ...wanted])).map((operation) => ({
        ...operation,
        name: nameOf(operation),
      }))
    : [...wanted]
        .filter(([name]) => classOf(name) !== 'read-only')
        .map(([name, value]) => ({ op: 'add', name, value }));
  const result = new Map(facts.image ?? []);
  const refused: Refused[] = [];
  for (const change of changes) {
    const pointer = base + pointerTo(change.name);
    const found = refuseChange(change, facts);
    const operation = { op: change.op, path: pointerTo(change.name), value: change.value ?? null };
    const refusal: Refusal | undefined = found
      ? { rule: found.rule, ...found.answer, pointer, name: change.name }
      : applyOperation(result, operation, 0, facts);
    if (!refusal) continue;
    refused.push({ refusal: { ...refusal, pointer }, whole: pointer });
  }
  const quota = refuseQuota(result, facts);
  if (quota)
    refused.push({
      refusal: { ...quota, pointer: quota.name ? `${base}/${quota.name}` : base },
      whole: base,
    });
  return refused;
}

function refusedOfPatch(patch: Json, facts: Facts): Refused[] {
  const form = formOf(patch);
  if (!Array.isArray(patch)) {
    const refusal = readPatch(patch, form);
    return isRefusal(refusal) ? [{ refusal, whole: '' }] : [];
  }
  const image = facts.image ? new Map(facts.image) : undefined;
  const refused: Refused[] = [];
  for (const [at, item] of patch.entries()) {
    const operation = readOperation(item, form, at);
    const refusal = isRefusal(operation)
      ? operation
      : (refuseOperation(operation, at, facts) ??
        (image && applyOperation(image, operation, at, { ...facts, form })));
    if (refusal) refused.push({ refusal: inForm(refusal, item), whole: pointerTo(at) });
  }
  const quota = image && refused.length === 0 ? refuseQuota(image, facts) : undefined;
  if (quota) refused.push({ refusal: quota, whole: '' });
  return refused;
}

/** In the v2.0 form the path stands under the operation's name. */
function inForm(refusal: Refusal, item: Json): Refusal {
  const [at = '', member] = tokensOf(refusal.pointer);
  if (member !== 'path' || !isObject(item) || Object.hasOwn(item, 'path')) return refusal;
  const op = ['add', 'replace', 'remove'].find((name) => Object.hasOwn(item, name));
  return op ? { ...refusal, pointer: pointerTo(at, op) } : refusal;
}
