import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { ImageNode } from '../../../client/views/images/imagesView.ts';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { listNewestTasks } from '../../../server/cloud/run/waiting.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { Task } from '../../../server/cloud/services/tasks.ts';

/** The running extension. The answers that a person would give are `answers`. */
export async function extension(): Promise<Api> {
  const found = vscode.extensions.getExtension<Api>('cloud-images.cloud-images');
  assert.ok(found, 'the extension is installed');
  return found.activate();
}

/** Waits for what must come; the suite's own time limit ends it otherwise. */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 600; tries++) {
    const value = await probe();
    if (value) return value;
    await wait(50);
  }
  throw new Error(`Waited in vain for ${what}.`);
}

/** The connected emulator's cloud, started if need be. */
export async function cloudOf({ context }: Api): Promise<Cloud> {
  return (await context.source.connect()).cloud;
}

/** An own image of the demo account, imported if there is none. */
export async function ownImage(api: Api): Promise<Image> {
  const cloud = await cloudOf(api);
  for await (const page of cloud.images.list({ owner: cloud.session.account.id })) {
    const [first] = page;
    if (first) return first;
  }
  const { result } = await importDisk(api, await manifestUri('web.image-import.yaml'));
  return cloud.images.get(String(result?.['image_id']));
}

/** The running extension as the owner, and an own image. */
export async function ownImageIn(): Promise<{ api: Api; cloud: Cloud; id: string }> {
  const api = await extension();
  const cloud = await cloudOf(api);
  return { api, cloud, id: String((await ownImage(api)).get('id')) };
}

/** Runs the command of an image's row. */
export function runVerb(verb: string, ...parameters: unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(`cloudImages.images.${verb}`, ...parameters);
}

/** Runs an import manifest as its lens does; answers its task, which has ended. */
export async function importDisk(api: Api, manifest: vscode.Uri): Promise<Task> {
  const cloud = await cloudOf(api);
  const before = await listNewestTasks(cloud.tasks, 'import');
  const complaints: string[] = [];
  const complain = async (message: string): Promise<undefined> => void complaints.push(message);
  await answering(api, { confirm: async () => true, complain, inform: async () => undefined }, () =>
    vscode.commands.executeCommand('cloudImages.import', manifest.toString(), 0),
  );
  const [id] = (await listNewestTasks(cloud.tasks, 'import')).filter((one) => !before.includes(one));
  assert.ok(id, `the command makes a task: ${complaints.join()}`);
  return cloud.tasks.get(id);
}

export async function manifestUri(name: string): Promise<vscode.Uri> {
  const [found] = await vscode.workspace.findFiles(`**/${name}`);
  assert.ok(found, `${name} is in the workspace`);
  return found;
}

/** The row of an image, as it is now. */
export async function rowOf({ imagesView }: Api, id: string): Promise<ImageRow | undefined> {
  for (const group of await imagesView.getChildren())
    for (const node of await imagesView.getChildren(group))
      if (node.kind === 'image' && node.seen.image.get('id') === id) return node;
  return undefined;
}

export type ImageRow = Extract<ImageNode, { kind: 'image' }>;

/** Waits until the row of an image is as wanted. */
export async function rowThat(
  api: Api,
  id: string,
  what: string,
  test: (row: ImageRow) => boolean,
): Promise<ImageRow> {
  return until(`the row ${what}`, async () => {
    const row = await rowOf(api, id);
    return row && test(row) ? row : undefined;
  });
}

/** Does something as another user of the demo, then goes back to the one before. */
export async function asUser<T>(api: Api, userName: string, work: (cloud: Cloud) => Promise<T>): Promise<T> {
  const { source } = api.context;
  const before = (await source.connect()).cloud.session.user.name;
  const { cloud } = await source.switchUser({ userName, password: 'emulator' });
  try {
    return await work(cloud);
  } finally {
    await source.switchUser({ userName: before, password: 'emulator' });
  }
}

/** Runs a command that must complain, and answers its words. Nothing may be asked that `answers` does not answer. */
export async function refusal(
  api: Api,
  answers: Partial<Api['context']['ui']>,
  command: string,
  ...parameters: unknown[]
): Promise<string> {
  const complaints: string[] = [];
  const complain = async (message: string): Promise<undefined> => void complaints.push(message);
  const unasked = async (): Promise<never> => assert.fail('nothing shall be asked');
  await answering(api, { ask: unasked, pick: unasked, confirm: unasked, ...answers, complain }, () =>
    runVerb(command, ...parameters),
  );
  assert.equal(complaints.length, 1, complaints.join('\n'));
  return complaints.join();
}

/** Answers in the person's place while something is done. */
export async function answering<T>(
  { context }: Api,
  answers: Partial<Api['context']['ui']>,
  work: () => Thenable<T>,
): Promise<T> {
  const before = { ...context.ui };
  Object.assign(context.ui, answers);
  try {
    return await work();
  } finally {
    Object.assign(context.ui, before);
  }
}
