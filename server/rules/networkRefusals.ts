import type { ServiceRefusal } from './emulatorRefusals.ts';

/** Refusals of the networks API that no rule states. */
export const networkRefusals = {
  'network/not-found': {
    status: 404,
    title: 'No such network',
    summary: 'No network, subnet, port, group or extension that you may see has this name.',
    source: 'SOURCES: neutron §1',
  },
  'network/filter': {
    status: 400,
    title: 'Invalid filter or order',
    summary: 'A parameter of the query is no attribute of what is listed, or limit or order cannot be read.',
    source: 'SOURCES: neutron §1',
  },
  'network/policy': {
    status: 403,
    title: 'Networks are the operator’s',
    summary: 'Networks are shared and read only. A new cloud gets its own with --seed FILE.',
    source: 'SOURCES: neutron §1',
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;
