import type { JsonObject } from '../../../../rules/json.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { linksOf } from '../servers/view.ts';
import type { Flavor } from './records.ts';

type Asking = Pick<ComputeRequest, 'version' | 'root' | 'base'>;

export function viewBasic({ id, name, description }: Flavor, asking: Asking): JsonObject {
  const basic = { id, name, links: linksOf(id, 'flavors', asking) };
  return asking.version >= 55 ? { ...basic, description } : basic;
}

/** A flavor in every detail. `isClassed`: as Cloud Servers shows it, with its class (SOURCES: nova §10, rackspace §7). */
export function viewFlavor(flavor: Flavor, asking: Asking, isClassed: boolean): JsonObject {
  const { id, name, ram, disk, swap, vcpus, ephemeral, rxtx_factor, extra_specs: specs } = flavor;
  const { version } = asking;
  return {
    id,
    name,
    ram,
    disk,
    swap: swap || (version >= 75 ? 0 : ''),
    'OS-FLV-EXT-DATA:ephemeral': ephemeral,
    ...(isClassed ? {} : { 'OS-FLV-DISABLED:disabled': false }),
    vcpus,
    ...(isClassed ? {} : { 'os-flavor-access:is_public': flavor.is_public }),
    rxtx_factor,
    links: linksOf(id, 'flavors', asking),
    ...(isClassed ? { 'OS-FLV-WITH-EXT-SPECS:extra_specs': { ...specs } } : {}),
    ...(version >= 55 ? { description: flavor.description } : {}),
    ...(version >= 61 ? { extra_specs: { ...specs } } : {}),
  };
}
