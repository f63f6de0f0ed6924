import { notFound } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Headers } from '../headers.ts';
import { receivePart } from '../large/gather.ts';
import { limits } from '../limits.ts';
import { checkTarget, type Target } from '../paths.ts';
import { refuseOverQuota } from '../quotas.ts';
import type { ObjectRow } from '../records.ts';
import { putVersioned } from '../versions/writes.ts';
import { enterFile } from './files.ts';
import { guessType } from './mediaTypes.ts';

/** Stores one of the objects that a request carries. Throws as a PUT of it does; whatever goes wrong, no file is left. */
export async function storePart(
  context: EmulatorContext,
  region: string,
  target: Target,
  bytes: AsyncIterable<Uint8Array>,
  fields: {
    readonly contentType: string | undefined;
    readonly headers: Headers;
    readonly expires: number | null;
  },
): Promise<ObjectRow> {
  const { account, container, object: name } = checkTarget(target);
  if (!context.objects.container(region, account, container)) throw notFound('files/not-found');
  await refuseOverQuota(context, region, target, 0);
  const { file, size, md5, hash } = await receivePart(context.blobs, bytes, limits.objectBytes);
  return enterFile(context, { file, size, md5, hash }, () =>
    putVersioned(context, region, target, {
      ...{ name, blob: hash, size, md5 },
      ...{ headers: fields.headers, expires: fields.expires },
      contentType: fields.contentType ?? guessType(name),
    }),
  );
}
