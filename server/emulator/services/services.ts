import { type ContentColumn, kernelColumns } from '../store/contentColumns.ts';
import { compute } from './compute/service.ts';
import { identity } from './identity/service.ts';
import { images } from './images/service.ts';
import { metadefs } from './metadefs/service.ts';
import { network } from './network/service.ts';
import { objects } from './objects/service.ts';
import type { Service } from './service.ts';
import { tasks } from './tasks/service.ts';
import { volumes } from './volumes/service.ts';

/** The services of the emulated cloud. Accounts are seeded first, and removed last. */
export const services: readonly Service[] = [
  identity,
  metadefs,
  images,
  tasks,
  objects,
  compute,
  volumes,
  network,
];

/** All columns that name content. */
export function listContentColumns(all: readonly Service[]): ContentColumn[] {
  return [...kernelColumns, ...all.flatMap(({ contentColumns = [] }) => contentColumns)];
}
