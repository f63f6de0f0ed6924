import type { Cloud } from '../cloud.ts';
import { cloudIn } from '../cloud.ts';
import { openImageData } from '../services/imageData.ts';
import { readJson } from '../session/bodies.ts';
import { CloudError } from '../session/errors.ts';
import type { Session } from '../session/session.ts';
import type { Call } from './calls.ts';

/** A request that changes something, and what became of it. */
export interface AnsweredRequest {
  readonly method: string;
  /** Without the host. */
  readonly path: string;
  readonly status: number;
  /** The cloud's words, where it refused. */
  readonly text?: string;
  readonly rule?: string;
}

/** Makes one planned call; bytes are brought by `fillImage`, which takes more than a cloud. Throws CloudError. */
export async function makeCall(cloud: Cloud, call: Call): Promise<void> {
  const { images, members, session, region } = cloud;
  const { image } = call;
  if (call.type === 'create') await openImageData(session, region).create(call.body);
  else if (call.type === 'patch') await openImageData(session, region).patch(image, call.body, call.form);
  else if (call.type === 'add-tag') await images.addTag(image, call.tag);
  else if (call.type === 'remove-tag') await images.removeTag(image, call.tag);
  else if (call.type === 'add-member') await openImageData(session, region).share(image, call.member);
  else if (call.type === 'remove-member') await members.remove(image, call.member);
  else if (call.type === 'answer-share')
    await openImageData(session, region).answerShare(image, call.member, call.status);
  else if (call.type === 'get') await images.get(image);
  else if (call.type === 'fill') throw new Error('Bytes are not brought by one call.');
  else await images.delete(image);
}

/** Calls `seen` for every request of a cloud that changes something, when it is answered. */
export function observeRequests(
  { session, region }: Cloud,
  seen: (answered: AnsweredRequest) => void,
): Cloud {
  return cloudIn(observeSession(session, seen), region);
}

function observeSession(session: Session, seen: (answered: AnsweredRequest) => void): Session {
  const send: Session['send'] = async (url, request = {}, expected = []) => {
    const { method = 'GET' } = request;
    const changes = method !== 'GET' && method !== 'HEAD';
    const { pathname: path } = new URL(url);
    try {
      const answer = await session.send(url, request, expected);
      if (changes) seen({ method, path, status: answer.status });
      return answer;
    } catch (error) {
      if (changes && error instanceof CloudError) {
        const { status, text, rule } = error;
        seen({ method, path, status, text, ...(rule === undefined ? {} : { rule }) });
      }
      throw error;
    }
  };
  return {
    ...session,
    send,
    json: async (url, request) =>
      readJson({ method: request?.method ?? 'GET', url }, await send(url, request)),
  };
}
