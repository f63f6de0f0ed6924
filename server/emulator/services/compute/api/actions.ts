import { isObject, type Json } from '../../../../rules/json.ts';
import { findBodyFault, type Schema } from '../../../../rules/nova/schema.ts';
import type { ComputeRequest } from './compute.ts';
import { badRequest, refuseAction } from './refuse.ts';

/** Reads the body of an action, whose only member names it. `schemas`: of the whole bodies, by name. Throws 400. */
export async function readAction(
  asked: ComputeRequest,
  schemas: Readonly<Record<string, Schema>>,
): Promise<{ name: string; value: Json }> {
  const body: Json = await asked.read({});
  const [member, ...others] = isObject(body) ? Object.entries(body) : [];
  if (!member || others.length > 0) throw badRequest('Malformed request body');
  const [name, value = null] = member;
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!schema) throw refuseAction(name);
  const fault = findBodyFault(body, schema);
  if (fault !== undefined) throw badRequest(fault);
  return { name, value };
}
