import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CommandRun } from '../../../../client/commands/register.ts';
import type { Api } from '../../../../client/extension.ts';
import type { EmulatorControl, NewFault } from '../../../../server/cloud/services/emulatorControl.ts';
import { answering } from '../support.ts';

export type Ui = Api['context']['ui'];

/** What a command did towards the person, and how it ended. */
export interface Ending {
  readonly outcome: CommandRun['outcome'];
  readonly asked: readonly string[];
  readonly said: readonly string[];
  readonly told: readonly string[];
}

/** Runs a command; to what `answers` does not answer, the person says no, or leaves. */
export async function act(
  api: Api,
  answers: Partial<Ui>,
  id: string,
  ...parameters: unknown[]
): Promise<Ending> {
  const [asked, said, told]: string[][] = [[], [], []];
  const ends: CommandRun['outcome'][] = [];
  const listening = api.onDidRunCommand((run) => run.id === id && ends.push(run.outcome));
  const leave = async (title: string): Promise<undefined> => void asked?.push(title);
  const defaults: Partial<Ui> = {
    progress: (_, work) => work({ report: () => undefined }, new AbortController().signal),
    ask: leave,
    chooseFile: leave,
    chooseFolder: leave,
    confirm: async (question) => (await leave(question)) !== undefined,
    pick: async (_, title) => leave(title),
    pickMany: async (_, title) => leave(title),
    step: async ({ prompt }) => leave(prompt),
    typeAhead: async ({ title }) => (await leave(title)) !== undefined,
  };
  const noting =
    (list: string[] | undefined, answer: Ui['inform'] | undefined): Ui['inform'] =>
    async (message, ...actions) => {
      list?.push(message);
      return answer?.(message, ...actions);
    };
  const reports = { complain: noting(said, answers.complain), inform: noting(told, answers.inform) };
  try {
    await answering(api, { ...defaults, ...answers, ...reports }, () =>
      vscode.commands.executeCommand(`cloudImages.${id}`, ...parameters),
    );
  } finally {
    listening.dispose();
  }
  const [outcome] = ends;
  assert.ok(outcome, `${id} has ended`);
  return { outcome, asked: asked ?? [], said: said ?? [], told: told ?? [] };
}

/** The progress of a command whose cancel button is pressed when it shows a text. */
export function stoppedAt(text: RegExp): Ui['progress'] {
  return (_, work) => {
    const abort = new AbortController();
    const report = (__: number, shown: string): void => {
      if (text.test(shown)) abort.abort(new Error('cancelled'));
    };
    return work({ report }, abort.signal);
  };
}

/** Picks the item whose detail, description or label is as wanted. */
export function picking(wanted: string): Ui['pick'] {
  return async (items) =>
    items.find((item) => [item.detail, item.description, item.label].includes(wanted)) ??
    assert.fail(`${wanted} is offered among ${items.map(({ label }) => label).join()}`);
}

/** The control service of the emulator that runs. */
export function controlOf({ context }: Api): EmulatorControl {
  const { state } = context.emulator;
  assert.ok(state.kind === 'running');
  return state.control;
}

/** Does something while the emulator answers as a fault says. */
export async function withFault<T>(api: Api, fault: NewFault, work: () => Promise<T>): Promise<T> {
  const control = controlOf(api);
  await control.addFault(fault);
  try {
    return await work();
  } finally {
    await control.deleteFaults();
  }
}

/** Takes the fault away and answers Retry: what else asks the emulator meanwhile may have met the fault, too. */
export function mendAndRetry(api: Api): Ui['complain'] {
  let left = 1;
  return async (_, ...actions) => {
    if (!actions.includes('Retry') || left-- === 0) return undefined;
    await controlOf(api).deleteFaults();
    return 'Retry';
  };
}
