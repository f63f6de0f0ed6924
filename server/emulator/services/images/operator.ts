import { isObject, type Json } from '../../../rules/json.ts';
import { type Field, oneOf, optional, readFields, wrong } from '../../control/fields.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { readJson } from '../../kernel/body.ts';
import { readParam } from '../../kernel/request.ts';
import type { EmulatorContext } from '../context.ts';
import type { OnControl } from '../service.ts';
import { propertiesOf } from './view.ts';

/**
 * What the cloud's operator does to a customer's image and the customer cannot: deactivate and reactivate it, and set
 * protected properties such as the licences. So what follows from it can be rehearsed.
 */
export function operatorRoutes(on: OnControl, { images, regions, store }: EmulatorContext): void {
  on('PATCH', '/images/:region/:id', async (request) => {
    const [region, id] = [readParam(request, 'region'), readParam(request, 'id')];
    const { status, properties } = readFields(await readJson(request), {
      status: optional(oneOf('active', 'deactivated')),
      properties: optional(texts),
    });
    return store.write(() => {
      const row = regions.includes(region) ? images.find(region, id) : undefined;
      if (!row)
        throw new ApiError('emulator/not-found', `There is no image ${id} in the region '${region}'.`);
      if (status !== undefined && row.blob === null)
        throw new ApiError('emulator/no-data', `Image ${id} is ${row.status}: it has no data yet.`);
      if (status !== undefined) images.change(row, { status });
      for (const [name, value] of properties ?? []) images.setProperty(row, name, value ?? undefined);
      return {
        id,
        status: status ?? row.status,
        properties: Object.fromEntries(propertiesOf(images.view(row))),
      };
    });
  });
}

const texts: Field<readonly (readonly [string, string | null])[]> = (value: Json | undefined, name) => {
  if (!isObject(value)) return wrong(name, 'an object of texts, where null removes a property');
  return Object.entries(value).map(([key, to]) => {
    if (key === '' || (to !== null && typeof to !== 'string'))
      return wrong(`${name}.${key}`, 'a text, or null to remove the property');
    return [key, to] as const;
  });
};
