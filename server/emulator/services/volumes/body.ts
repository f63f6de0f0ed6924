import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { findBodyFault, type Schema } from '../../../rules/nova/schema.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { parseJson, readBytes } from '../../kernel/body.ts';
import type { Asked } from './requests.ts';

/** Cinder takes no larger body. */
const largest = 114_688;

/** The request's JSON body, null where there is none. Throws 400 in Cinder's words, 413 where it is too large. */
export async function readBody({ request }: Asked): Promise<Json> {
  const bytes = await readBytes(request, largest);
  return bytes.length === 0 ? null : parseJson(bytes, 'Malformed request body');
}

/** Throws 400 that names the member where the body does not fit. */
export function requireSchema(body: Json, schema: Schema): void {
  const fault = findBodyFault(body, schema);
  if (fault !== undefined) throw new ApiError('volume/request', fault);
}

/** Reads a body whose member `name` is an object of this form, and answers that. Throws 400. */
export async function readMember(asked: Asked, name: string, schema: Schema): Promise<JsonObject> {
  const body = await readBody(asked);
  requireSchema(body, schema);
  const member = isObject(body) ? body[name] : undefined;
  const found = isObject(member) ? member : {};
  for (const label of ['name', 'description'] as const) refuseLong(label, found);
  return found;
}

/** Throws 400 where a name or a description is too long without the blanks around it. */
function refuseLong(label: 'name' | 'description', body: JsonObject): void {
  for (const member of [label, `display_${label}`]) {
    const value = body[member];
    const length = typeof value === 'string' ? [...value.trim()].length : 0;
    if (length > 255)
      throw new ApiError(
        'volume/value',
        `Invalid input received: ${label} has ${length} characters, more than 255.`,
      );
  }
}

/** `name` is `display_name` too, and the same of the description. Without either, `fallback`. */
export function readLabel(
  body: JsonObject,
  name: 'name' | 'description',
  fallback: string | null,
): string | null {
  const value = Object.hasOwn(body, name) ? body[name] : body[`display_${name}`];
  if (value === undefined) return fallback;
  return typeof value === 'string' ? value.trim() : null;
}

/** The texts of a member of a body that fits its schema. */
export function readTextMap(value: Json | undefined): Record<string, string> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {};
}
