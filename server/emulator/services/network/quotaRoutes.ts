import type { Json } from '../../../rules/json.ts';
import { formatPlain } from '../../../rules/nova/python.ts';
import { ApiError } from '../../kernel/apiError.ts';
import type { EmulatorContext } from '../context.ts';
import type { Asked, OnNetwork } from './api.ts';
import { type Attributes, readChange, refuse } from './attributes.ts';
import { fault } from './faults.ts';
import { listPorts } from './ports.ts';
import { countOf, defaultQuotas, limitsOf } from './quotas.ts';

/** `/quotas`: an account sees its own, and administrators set those of all. */
export function quotaRoutes(on: OnNetwork, context: EmulatorContext): void {
  const { store } = context;
  const limits = ({ region, param }: Asked) => ({ quota: limitsOf(context, region, param('id')) });
  on('GET', '/quotas', (asked) => {
    requireRight(asked, '', 'get');
    const accounts = store.all<{ account: string }>(
      'SELECT DISTINCT account FROM network_quotas WHERE region = ? ORDER BY account',
      asked.region,
    );
    const quotas = accounts.map(({ account }) => ({
      ...limitsOf(context, asked.region, account),
      project_id: account,
      tenant_id: account,
    }));
    return { quotas };
  });
  on('GET', '/quotas/:id', (asked) => {
    requireRight(asked, asked.param('id'), 'get');
    return limits(asked);
  });
  on('GET', '/quotas/:id/default', (asked) => {
    requireRight(asked, asked.param('id'), 'get');
    return { quota: { ...defaultQuotas } };
  });
  on('GET', '/quotas/:id/details.json', (asked) => {
    const account = asked.param('id');
    requireRight(asked, account, 'get');
    const used: Readonly<Record<string, number>> = {
      port: listPorts(asked, account).length,
      ...countOf(context, asked.region, account),
    };
    const detailed = Object.entries(limitsOf(context, asked.region, account)).map(([name, limit]) => [
      name,
      { limit, used: used[name] ?? 0, reserved: 0 },
    ]);
    return { quota: Object.fromEntries(detailed) };
  });
  on('PUT', '/quotas/:id', async (asked) => {
    requireRight(asked, undefined, 'update');
    const wanted = readChange(await asked.read(), 'quota', quotaAttributes);
    await store.write(() => {
      for (const [name, value] of Object.entries(wanted))
        store.run(
          'INSERT OR REPLACE INTO network_quotas (region, account, name, value) VALUES (?, ?, ?, ?)',
          asked.region,
          asked.param('id'),
          name,
          Number(value),
        );
    });
    return limits(asked);
  });
  on('DELETE', '/quotas/:id', async (asked) => {
    requireRight(asked, undefined, 'delete');
    await store.write(() => {
      const { changes } = store.run(
        'DELETE FROM network_quotas WHERE region = ? AND account = ?',
        asked.region,
        asked.param('id'),
      );
      if (changes === 0) throw fault('TenantQuotaNotFound', asked.param('id'));
    });
    return undefined;
  });
}

/** Throws 403 where it is another account's, or the operator's. */
function requireRight({ account, isAdmin }: Asked, project: string | undefined, verb: string): void {
  if (project !== account.id && !isAdmin)
    throw new ApiError('network/policy', `rule:${verb}_quota is disallowed by policy`);
}

const quotaAttributes: Attributes = Object.fromEntries(
  Object.keys(defaultQuotas).map((name) => [name, { otherwise: 0, read: readLimit }]),
);

function readLimit(value: Json, name: string): Json {
  const word = formatPlain(value);
  if (!/^[+-]?\d+$/.test(word)) throw fault('InvalidInput', `'${word}' is not an integer.`);
  if (Number(word) < -1) throw refuse(name, `'${word}' is too small - must be at least '-1'`);
  return Number(word);
}
