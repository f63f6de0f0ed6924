import { certificateRemedy, isAboutCertificate } from '../../server/cloud/session/certificates.ts';
import { MissingSecret } from '../../server/cloud/session/cloudsYaml.ts';
import { CloudError, NotOffered } from '../../server/cloud/session/errors.ts';
import { describeError } from '../ui/errors.ts';

/**
 * Why a cloud cannot be used: `network` and `busy` pass by themselves; `refused` and `secret` need the person, `certificate` and
 * `settings` their clouds.yaml. A cloud of this machine does not start, for its `port` or another reason (`start`), or has `ended` by itself.
 */
export type TroubleKind =
  | 'network'
  | 'busy'
  | 'refused'
  | 'secret'
  | 'certificate'
  | 'settings'
  | 'port'
  | 'start'
  | 'ended';

export interface Trouble {
  readonly kind: TroubleKind;
  readonly reason: string;
  /** What to do about it, as a sentence. */
  readonly remedy?: string;
  /** Milliseconds that the cloud asks to wait. */
  readonly retryAfter?: number;
}

/** Finds out what an error says of the cloud; undefined where it is about the request alone. */
export function findTrouble(error: unknown): Trouble | undefined {
  const reason = describeError(error);
  if (error instanceof MissingSecret) return { kind: 'secret', reason };
  if (!(error instanceof CloudError) || error instanceof NotOffered) return { kind: 'settings', reason };
  const { status, retryAfter } = error;
  if (status === 401) return { kind: 'refused', reason };
  if (status === 429 || status >= 500)
    return { kind: 'busy', reason, ...(retryAfter === undefined ? {} : { retryAfter }) };
  if (status > 0) return undefined;
  return isAboutCertificate(error)
    ? { kind: 'certificate', reason, remedy: certificateRemedy }
    : { kind: 'network', reason };
}

/** Tells whether trying again later can help. */
export function passes(trouble: Trouble): trouble is Trouble & { readonly kind: 'network' | 'busy' } {
  return trouble.kind === 'network' || trouble.kind === 'busy';
}
