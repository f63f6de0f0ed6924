import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { Cloud } from '../../../server/cloud/connect.ts';
import type { Image } from '../../../server/cloud/images.ts';

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

/** An own image of the demo account that the emulator's seed or an import made. */
export async function ownImage(api: Api): Promise<Image> {
  const cloud = await cloudOf(api);
  for await (const page of cloud.images.list({ owner: cloud.session.account.id })) {
    const [first] = page;
    if (first) return first;
  }
  throw new Error('The account has no image of its own.');
}
