import type { Connection } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { Follower, FollowerEnds } from './follower.ts';
import { ImageFollower } from './followImage.ts';
import { followServer, followTask } from './followOther.ts';
import type { Subject } from './protocol.ts';

export function followSubject(
  context: Context,
  connection: Connection,
  subject: Subject,
  ends: FollowerEnds,
): Follower {
  if (subject.kind === 'image') return new ImageFollower(context, connection, subject, ends);
  return (subject.kind === 'task' ? followTask : followServer)(context, connection, subject, ends);
}
