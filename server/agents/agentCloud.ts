import { type Cloud, cloudIn } from '../cloud/cloud.ts';
import type { Ports } from '../cloud/run/steps.ts';
import type { ConnectionChoice } from '../cloud/run/undo.ts';
import type { Caller } from '../rules/profile/profile.ts';

/** The cloud that agents work in, and as whom. */
export interface AgentCloud {
  readonly cloud: Cloud;
  readonly caller: Caller;
  readonly control?: Ports['control'];
  /** Milliseconds between two looks at a task. */
  readonly interval: number;
  /** Nothing can be lost there. */
  readonly isSandbox: boolean;
  /** What tells it from other clouds. */
  readonly key: string;
  /** For people: `Emulator`. */
  readonly label: string;
  /** How an undo finds it again. */
  readonly choice: ConnectionChoice;
}

/** A refusal that is told to the agent: what is wrong, and what to do. */
export class AgentError extends Error {}

/** Refuses each change before it is sent. */
export function readOnly(found: AgentCloud): AgentCloud {
  const changeDisk = (): never => {
    throw new Error('The disk was not changed: this only reads.');
  };
  return {
    ...found,
    cloud: readOnlyCloud(found.cloud),
    ...(found.control ? { control: { changeDisk } } : {}),
  };
}

/** The same cloud, in which nothing can be changed: another request than GET and HEAD throws before it is sent. */
function readOnlyCloud({ session, region }: Cloud): Cloud {
  const requireReading = (url: string, method = 'GET'): void => {
    if (method === 'GET' || method === 'HEAD') return;
    throw new Error(`${method} ${new URL(url).pathname} was not sent: this only reads.`);
  };
  return cloudIn(
    {
      ...session,
      send: async (url, request, expected) => {
        requireReading(url, request?.method);
        return session.send(url, request, expected);
      },
      json: async (url, request) => {
        requireReading(url, request?.method);
        return session.json(url, request);
      },
    },
    region,
  );
}
