import { ApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Headers } from './headers.ts';
import type { Target } from './paths.ts';

/** What accounts and containers may hold, by their metadata. Totals are looked at before a write, as in Swift. */

/** Throws 400 where a container's new quota is no number. */
export function refuseQuotaHeaders({ headers }: Request): void {
  for (const what of ['bytes', 'count']) {
    const quota = headers[`x-container-meta-quota-${what}`];
    if (typeof quota === 'string' && quota !== '' && !/^\d+$/.test(quota))
      throw new ApiError('files/quota-header', `Invalid ${what} quota.`);
  }
}

/** Throws 413 where an object of so many bytes is more than its container, or its account, may hold. */
export async function refuseOverQuota(
  { objects }: EmulatorContext,
  region: string,
  { account, container }: Target,
  bytes: number,
): Promise<void> {
  const row = objects.container(region, account, container);
  const metadata: Headers = row ? JSON.parse(row.metadata) : {};
  const most = readQuota(metadata['x-container-meta-quota-bytes']);
  const mostObjects = readQuota(metadata['x-container-meta-quota-count']);
  if (row && (row.bytes + bytes > most || row.objects + 1 > mostObjects)) throw overQuota();
  const whole = readQuota(objects.accountMetadata(region, account)['x-account-meta-quota-bytes']);
  if (whole === Number.POSITIVE_INFINITY) return;
  const totals = await objects.totals(region, account);
  if (totals.bytes + bytes > whole) throw overQuota();
}

function readQuota(text: string | undefined): number {
  return /^\d+$/.test(text ?? '') ? Number(text) : Number.POSITIVE_INFINITY;
}

function overQuota(): ApiError {
  return new ApiError('files/quota', 'Upload exceeds quota.');
}
