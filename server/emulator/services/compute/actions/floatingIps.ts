import { findObject } from '../../../kernel/body.ts';
import { badRequest, itemNotFound } from '../api/refuse.ts';
import { floatingBody } from '../schemas/actions.ts';
import type { Action } from './action.ts';

const common = { until: 43, anyTask: true, ignoresLock: true } as const;

/** There are no floating IPs to give. */
export const floatingIpActions: Readonly<Record<string, Action>> = {
  addFloatingIp: {
    ...common,
    schema: () => floatingBody('addFloatingIp', ['fixed_address']),
    run: ({ row, body }) => {
      const { fixed_address: fixed } = findObject(body, 'addFloatingIp');
      if (row.address === null) throw badRequest('No fixed IPs associated to instance');
      if (fixed !== undefined && fixed !== row.address)
        throw badRequest('Specified fixed address not assigned to instance');
      throw itemNotFound('floating IP not found');
    },
  },
  removeFloatingIp: {
    ...common,
    schema: () => floatingBody('removeFloatingIp', []),
    run: ({ body }) => {
      const { address } = findObject(body, 'removeFloatingIp');
      throw itemNotFound(`Floating IP not found for address ${String(address)}.`);
    },
  },
};
