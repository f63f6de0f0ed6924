/** What the emulator answers where a file is run as the command line and the editor run it. */
import { join } from 'node:path';
import { type AnsweredRequest, observeRequests } from '../../../server/cloud/run/call.ts';
import { noteResult, planSteps } from '../../../server/cloud/run/execute.ts';
import { perform } from '../../../server/cloud/run/perform.ts';
import { noDisks, type Ports, type Step } from '../../../server/cloud/run/steps.ts';
import { openWorld } from '../../../server/cloud/run/world.ts';
import { CloudError } from '../../../server/cloud/session/errors.ts';
import { readDiskFile } from '../../../server/disks/readDiskFile.ts';
import { nodeFiles } from '../../../server/workspace/nodeFiles.ts';
import { openWorkspace } from '../../../server/workspace/workspace.ts';
import type { World } from './world.ts';

/** What became of one step: the cloud's refusal in its words, why it was not asked, or neither: it was done. */
export interface Answer {
  readonly document: number;
  /** Among the steps of its document. */
  readonly step: number;
  readonly refused?: { readonly status: number; readonly text: string; readonly rule?: string };
  /** The request that was refused: `add-member`… by its path and the calls before it. */
  readonly made?: number;
  readonly notAsked?: string;
  /** The person is asked instead, and sees why. */
  readonly isAskedAbout?: true;
}

export type Run =
  | { readonly answers: readonly Answer[]; readonly changed: boolean }
  | { readonly unreadable: string };

export interface Runner {
  run(file: {
    readonly path: string;
    readonly text: string;
    readonly caller: string;
    readonly image?: string | undefined;
  }): Promise<Run>;
}

export function openRunner(world: World): Runner {
  const workspace = openWorkspace({
    files: nodeFiles,
    readDisk: readDiskFile,
    roots: () => [world.root],
    editor: () => ({}),
    published: () => undefined,
  });
  return {
    async run({ path, text, caller: name, image }) {
      const { cloud, caller } = world.user(name);
      let parts: Awaited<ReturnType<typeof workspace.parts>>;
      try {
        parts = await workspace.parts({ text, path: join(world.root, path), name: path });
      } catch (error) {
        return { unreadable: String(error) };
      }
      let calls: AnsweredRequest[] = [];
      let changed = false;
      const ports: Ports = {
        cloud: observeRequests(cloud, (answered) => {
          calls.push(answered);
          if (answered.status < 300) changed = true;
        }),
        waiting: { interval: 2 },
        disks: noDisks,
        upload: { segmentBytes: 2 ** 30 } as Ports['upload'],
        ...(image === undefined ? {} : { image }),
      };
      const planned = openWorld(caller).begin();
      const answers: Answer[] = [];
      let isBroken = false;
      for (const part of parts) {
        const about = { document: part.index };
        if (isBroken) {
          answers.push({ ...about, step: 0, notAsked: 'the run broke off before' });
          continue;
        }
        try {
          for (const [step, one] of (await planSteps(part, ports, planned)).entries()) {
            calls = [];
            const answer = await answerOf(one);
            answers.push({ ...about, step, ...answer, made: calls.length });
          }
        } catch (error) {
          if (!(error instanceof CloudError)) throw error;
          isBroken = true;
          answers.push({ ...about, step: 0, notAsked: `the run breaks off: ${error.status} ${error.text}` });
        }
      }
      return { answers, changed };

      async function answerOf(step: Step): Promise<Pick<Answer, 'refused' | 'notAsked'>> {
        if (step.type === 'impossible') return { notAsked: step.reason };
        if (step.type === 'not-run' || step.type === 'later') return { notAsked: step.type };
        const performed = await perform(step, ports);
        noteResult(step, performed, planned);
        return performed.refused ? { refused: performed.refused } : {};
      }
    },
  };
}
