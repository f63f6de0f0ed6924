import { isObject, type JsonObject } from '../../../../rules/json.ts';
import { parseJson, readBytes } from '../../../kernel/body.ts';
import { readMediaType } from '../../../kernel/request.ts';
import type { Request } from '../../../kernel/routes.ts';
import { expected } from '../answers.ts';

/** A body of Keystone's API: an object, which is empty where nothing is sent. Throws 400 in Keystone's words. */
export async function readBody(request: Request): Promise<JsonObject> {
  const bytes = await readBytes(request, 2 ** 20);
  if (bytes.length === 0) return {};
  const type = readMediaType(request);
  if (type !== '' && type !== 'application/json') throw expected('application/json', 'Content-Type header');
  const malformed = expected('valid JSON', 'request body');
  const body = parseJson(bytes, malformed.message);
  if (!isObject(body)) throw malformed;
  return body;
}
