import type { RefusalId } from '../ids.ts';
import { type Json, pointerTo } from '../json.ts';
import { type Refusal, refusal } from '../service/changes.ts';
import { findFault, type Schema } from './schema.ts';

/** The rules of members whose form is wrong or that are missing; of other members those of the whole body. */
const rulesByPlace: Readonly<Record<string, RefusalId>> = {
  '/server/name': 'server/name',
  '/server/imageRef': 'server/image-ref',
  '/server/flavorRef': 'server/flavor-ref',
  '/createImage/name': 'server-image/name',
};
const rulesByBody: Readonly<Record<string, RefusalId>> = {
  server: 'server/form',
  createImage: 'server-image/form',
};

/** What Nova answers to a body that does not have this form; undefined: it has. */
export function refuseForm(body: Json, schema: Schema): Refusal | undefined {
  const fault = findFault(body, schema);
  if (!fault) return undefined;
  const { path, missing, text } = fault;
  const place = pointerTo(...path, ...(missing === undefined ? [] : [missing]));
  const rule = rulesByPlace[place] ?? rulesByBody[path[0] ?? missing ?? ''] ?? 'compute/request';
  return refusal(rule, { status: 400, text }, pointerTo(...path));
}
