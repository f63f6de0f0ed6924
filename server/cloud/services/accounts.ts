import { addressPart } from '../session/address.ts';
import { CloudError } from '../session/errors.ts';
import type { Session } from '../session/session.ts';

/**
 * Returns whether an account exists, as far as Keystone tells: most callers may only see their own (403), and Rackspace's
 * version 2.0 shows no others.
 */
export async function accountExists(
  session: Session,
  region: string,
  account: string,
): Promise<boolean | undefined> {
  if (account === session.account.id) return true;
  try {
    const base = session.endpoint('identity', region).replace(/\/v\d(\.\d)?$/, '');
    const url = `${base}/v3/projects/${addressPart(account)}`;
    const answer = await session.send(url, {}, [404]);
    await answer.body?.cancel();
    return answer.status !== 404;
  } catch (error) {
    // What it does not say is not known, and no reason to share with nobody.
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}
