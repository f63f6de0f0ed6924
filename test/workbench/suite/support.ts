import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { Cloud } from '../../../server/cloud/connect.ts';
import type { Image } from '../../../server/cloud/images.ts';
import type { Task } from '../../../server/cloud/tasks.ts';

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
  return context.connections.require();
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

/** Runs an import manifest as its lens does, and waits for the end of the task. */
export async function importDisk(api: Api, manifest: vscode.Uri): Promise<Task> {
  const cloud = await cloudOf(api);
  const complaints: string[] = [];
  const started = await answering(
    api,
    {
      confirm: async () => true,
      complain: async (message) => {
        complaints.push(message);
        return undefined;
      },
    },
    () => vscode.commands.executeCommand<Task | undefined>('cloudImages.import', manifest.toString(), 0),
  );
  assert.ok(started, `the command answers with its task: ${complaints.join()}`);
  return until('the task to end', async () => {
    const task = await cloud.tasks.get(started.id);
    return task.status === 'success' || task.status === 'failure' ? task : undefined;
  });
}

export async function manifestUri(name: string): Promise<vscode.Uri> {
  const [found] = await vscode.workspace.findFiles(`**/${name}`);
  assert.ok(found, `${name} is in the workspace`);
  return found;
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
