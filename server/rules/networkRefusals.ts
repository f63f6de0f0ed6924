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
  'network/request': {
    status: 400,
    title: 'Invalid network, group or rule',
    summary:
      'A member of the body is unknown, missing, of another form, or contradicts another. The message names it.',
    source: 'SOURCES: neutron §2',
  },
  'network/conflict': {
    status: 409,
    title: 'In use, there already, or over quota',
    summary:
      'A security group is in use, is the default, or would be there twice, or there would be more of them than the quota allows.',
    source: 'SOURCES: neutron §2',
  },
  'network/policy': {
    status: 403,
    title: 'Networks are the operator’s',
    summary: 'Networks are shared and read only. A new cloud gets its own with --seed FILE.',
    source: 'SOURCES: neutron §1',
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;
