import * as vscode from 'vscode';
import { profiles, withLimits } from '../../server/rules/profiles.ts';
import { refuseTag } from '../../server/rules/tags.ts';
import type { Profile } from '../../server/rules/types.ts';
import type { Context } from '../context.ts';
import { imageScheme, liveScheme, uriOfImage } from '../documentUri.ts';
import { idOf } from '../liveImages.ts';
import { imagesFor } from './nodes.ts';

export async function openImage(context: Context, node: unknown): Promise<void> {
  const [image] = await imagesFor(context, node, undefined, 'Open which image?');
  const { region } = await context.connections.require();
  if (image) await vscode.window.showTextDocument(uriOfImage(image, region));
}

export async function copyImageId(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await imagesFor(context, node, nodes, 'Copy the ID of which image?');
  await vscode.env.clipboard.writeText(images.map(idOf).join('\n'));
}

export async function addTag(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await imagesFor(context, node, nodes, 'Add a tag to which image?');
  const profile = profileOf(context);
  const tag = await context.ui.ask('Tag', (text) => tagProblem(text, profile));
  if (tag === undefined) return;
  const { images: api } = await context.connections.require();
  for (const image of images) await api.addTag(idOf(image), tag);
}

export async function deleteImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await imagesFor(context, node, nodes, 'Delete which image?');
  const names = images.map((image) => `“${String(image.get('name') ?? idOf(image))}”`);
  const question = images.length === 1 ? `Delete the image ${names[0]}?` : `Delete ${images.length} images?`;
  const detail = `${images.length === 1 ? '' : `${names.join(', ')}. `}A deleted image cannot be brought back.`;
  if (!(await context.ui.confirm(question, detail, 'Delete'))) return;
  const { images: api } = await context.connections.require();
  for (const image of images) await api.delete(idOf(image));
}

export async function refresh({ images, tasks }: Context): Promise<void> {
  images.reload();
  tasks.reload();
}

/** What the cloud has now beside what the editor has. */
export async function compareImage(given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== imageScheme) return;
  const file = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  const live = uri.with({ scheme: liveScheme, query: String(Date.now()) });
  await vscode.commands.executeCommand('vscode.diff', live, uri, `${file} (cloud ↔ here)`);
}

function profileOf({ emulator }: Context): Profile {
  if (emulator.state.is !== 'running') return profiles.rackspace;
  const { profile, limits } = emulator.state.status;
  return withLimits(profiles[profile], limits);
}

function tagProblem(tag: string, profile: Profile): string | undefined {
  if (tag.includes('/'))
    return 'The address of a tag cannot hold a slash; open the image and edit its tags instead.';
  return refuseTag(tag, profile)?.answer.text;
}
