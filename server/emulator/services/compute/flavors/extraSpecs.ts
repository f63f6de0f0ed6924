import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, itemNotFound, refuseMismatch } from '../api/refuse.ts';
import { oneSpecSchema, specsSchema } from '../schemas/flavors.ts';
import type { Flavor } from './records.ts';
import { findFlavor } from './routes.ts';
import { refuseSpec } from './specForms.ts';

/** `/flavors/ID/os-extra_specs` */
export function extraSpecRoutes(on: OnCompute, context: EmulatorContext): void {
  const { flavors, store } = context;
  const path = '/flavors/:id/os-extra_specs';
  const merge = (asked: ComputeRequest, added: JsonObject) =>
    store.write(() => {
      const { id, extra_specs: specs } = findFlavor(context, asked);
      const given = Object.entries(added).map(([name, value]) => [name, String(value)]);
      flavors.change(id, { extra_specs: { ...specs, ...Object.fromEntries(given) } });
    });

  on('GET', path, (asked) => {
    const { extra_specs: specs } = findFlavor(context, asked);
    return { status: 200, body: { extra_specs: specs } };
  });
  on('POST', path, async (asked) => {
    const body = await asked.read(specsSchema);
    requireAdmin(asked, 'os-flavor-extra-specs:create');
    requireForms(asked, body['extra_specs'] as JsonObject);
    await merge(asked, body['extra_specs'] as JsonObject); // the schema says so
    return { status: 200, body };
  });
  on('GET', `${path}/:key`, (asked) => {
    const key = asked.param('key');
    return { status: 200, body: { [key]: readSpec(findFlavor(context, asked), key) } };
  });
  on('PUT', `${path}/:key`, async (asked) => {
    const body = await asked.read(oneSpecSchema);
    requireAdmin(asked, 'os-flavor-extra-specs:update');
    requireForms(asked, body);
    if (!Object.hasOwn(body, asked.param('key'))) throw refuseMismatch();
    await merge(asked, body);
    return { status: 200, body };
  });
  on('DELETE', `${path}/:key`, async (asked) => {
    requireAdmin(asked, 'os-flavor-extra-specs:delete');
    await store.write(() => {
      const flavor = findFlavor(context, asked);
      readSpec(flavor, asked.param('key'));
      const { [asked.param('key')]: removed, ...rest } = flavor.extra_specs;
      flavors.change(flavor.id, { extra_specs: rest });
    });
    return { status: 200 };
  });
}

/** Throws 400, from 2.86 on, for what Nova does not know. */
function requireForms({ version }: ComputeRequest, specs: JsonObject): void {
  if (version < 86) return;
  for (const [name, value] of Object.entries(specs)) {
    const fault = refuseSpec(name, String(value));
    if (fault !== undefined) throw badRequest(fault);
  }
}

/** Throws 404. */
function readSpec({ id, extra_specs: specs }: Flavor, key: string): string {
  const value = Object.hasOwn(specs, key) ? specs[key] : undefined;
  if (value === undefined) throw itemNotFound(`Flavor ${id} has no extra specs with key ${key}.`);
  return value;
}
