import { stat } from 'node:fs/promises';
import type { Json, JsonObject } from '../../rules/json.ts';
import { findImageEndpoint } from '../cloud.ts';
import { addressPart } from '../session/address.ts';
import { passUnlessIdle } from '../session/bodies.ts';
import type { Session } from '../session/session.ts';
import { asObject, type Image, toImage } from './images.ts';
import { readPieces, type Upload } from './objects.ts';

/** Images and their data, where the cloud lets its customers make them (plain OpenStack). Everything throws CloudError. */
export interface ImageData {
  create(image: JsonObject): Promise<Image>;
  /** Sends a file as the image's data, whatever its size. */
  upload(id: string, file: string, options?: Upload): Promise<void>;
  download(id: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Shares the image with what is written, account or not. */
  share(id: string, member: Json): Promise<void>;
  /** Answers for a member, whoever that is. */
  answerShare(id: string, member: string, status: Json): Promise<void>;
  /** A patch as it is written, in the form that the media type says. */
  patch(id: string, body: Json, form: 'v2.1' | 'v2.0'): Promise<Image>;
}

export function openImageData(session: Session, region: string): ImageData {
  const base = findImageEndpoint(session, region);
  const address = (id: string): string => `${base}/images/${addressPart(id)}`;
  return {
    create: async (image) =>
      toImage(asObject(await session.json(`${base}/images`, { method: 'POST', json: image }))),
    upload: async (id, file, { progress, signal } = {}) => {
      const { size } = await stat(file);
      const answer = await session.send(`${address(id)}/file`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        signal,
        body: () => ReadableStream.from(counted()),
      });
      await answer.body?.cancel();

      async function* counted(): AsyncGenerator<Uint8Array, void> {
        let sent = 0;
        for await (const piece of readPieces(file, { end: size })) {
          yield piece;
          sent += piece.length;
          progress?.(sent, size);
        }
      }
    },
    download: async (id, signal) => {
      const url = `${address(id)}/file`;
      return passUnlessIdle({ method: 'GET', url }, await session.send(url, { signal, streams: true }));
    },
    share: async (id, member) => {
      await session.json(`${address(id)}/members`, { method: 'POST', json: { member } });
    },
    answerShare: async (id, member, status) => {
      const url = `${address(id)}/members/${addressPart(member)}`;
      await session.json(url, { method: 'PUT', json: { status } });
    },
    patch: async (id, body, form) => {
      const media = `application/openstack-images-${form}-json-patch`;
      return toImage(asObject(await session.json(address(id), { method: 'PATCH', json: body, media })));
    },
  };
}
