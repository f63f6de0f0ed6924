import { createHash } from 'node:crypto';
import * as paths from 'node:path';
import { relative, resolve } from 'node:path';
import { listSourceFiles } from '../cloud/run/source/files.ts';
import { findManifests } from '../lint/files.ts';
import { textIn } from '../manifests/encoding.ts';
import { kindDefinitions } from '../manifests/kindDefinitions.ts';
import { kinds } from '../manifests/kinds.ts';
import type { Json, JsonObject } from '../rules/json.ts';
import { isInside } from '../workspace/diskPaths.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { orderFiles } from '../workspace/runOrder.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { AgentError } from './agentCloud.ts';

/** The open folders, as agents know them. */
export interface ManifestPlace {
  /** Read anew for each call, as the folder changes in between. */
  openWorkspace(): Workspace;
  /** The folders whose manifests may be named, absolute. */
  roots(): readonly string[];
}

/** Manifests that an agent names or writes. */
export interface AgentManifests {
  readonly parts: readonly ManifestPart[];
  readonly workspace: Workspace;
  /** The open folders. */
  readonly roots: readonly string[];
  /** What its files were, disks too. */
  readonly files: readonly FileState[];
  /** The manifest's text, by the name that its parts have. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A file as it was when it was read. */
export interface FileState {
  readonly path: string;
  readonly name: string;
  /** Of a disk, which is too large to be read for this: its size and time. */
  readonly isDisk: boolean;
  readonly state: string;
}

export interface AgentText {
  /** As the parts of it call it. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The texts that an input names by `paths`, or holds in `text` with its `kind`, in the order in which they are run within a folder. Throws AgentError. */
export async function readTexts(
  { paths: named, text, kind }: Readonly<Record<string, Json>>,
  scene: ManifestPlace,
  workspace: Workspace,
): Promise<AgentText[]> {
  if ((named === undefined) === (text === undefined))
    throw new AgentError("Give either 'paths' of manifests, or the 'text' of one with its 'kind'.");
  const [root] = scene.roots();
  if (root === undefined) throw new AgentError('No folder is open, so there are no manifests.');
  if (typeof text === 'string') {
    const known = kinds.find((one) => one === kind);
    if (!known) throw new AgentError("The 'text' needs its 'kind'.");
    const { namePart } = kindDefinitions[known];
    return [
      { name: '(text)', path: resolve(root, `text.${namePart}.yaml`), bytes: new TextEncoder().encode(text) },
    ];
  }
  const found: AgentText[] = [];
  for (const path of Array.isArray(named) ? named : [])
    for (const file of await findFiles(String(path), scene.roots(), workspace))
      found.push({
        name: relative(root, file),
        path: file,
        bytes: await nodeFiles.readBytes(file, maximumManifestBytes),
      });
  return found;
}

/** Reads manifests as documents to run. Throws AgentError, and UnreadableManifest with file and line. */
export async function readAgentManifests(
  input: Readonly<Record<string, Json>>,
  scene: ManifestPlace,
): Promise<AgentManifests> {
  const workspace = scene.openWorkspace();
  const read: ManifestPart[][] = [];
  const files: FileState[] = [];
  const texts = new Map<string, string>();
  for (const { name, path, bytes } of await readTexts(input, scene, workspace)) {
    const { problem } = await workspace.project(path);
    if (problem) throw new AgentError(problem);
    const text = textIn(bytes, name);
    read.push(await workspace.parts({ text, path, name }));
    texts.set(name, text);
    if (input['text'] === undefined) files.push({ path, name, isDisk: false, state: digestOf(bytes) });
  }
  const parts = orderFiles(read).flat();
  if (parts.length === 0) throw new AgentError('There is no manifest in that.');
  for (const part of parts) {
    const disk = part.kind === 'import' ? await workspace.diskOf(part) : undefined;
    const brought = disk ? [disk.path] : listSourceFiles(part);
    for (const path of brought) files.push({ path, name: path, isDisk: true, state: await readStamp(path) });
  }
  return { parts, workspace, roots: scene.roots(), files, texts };
}

/** Finds the first file that is another than it was. */
export async function findChangedFile(files: readonly FileState[]): Promise<FileState | undefined> {
  for (const file of files) {
    const now = file.isDisk
      ? await readStamp(file.path)
      : digestOf(
          await nodeFiles.readBytes(file.path, maximumManifestBytes).catch(() => new Uint8Array()), // it is gone
        );
    if (now !== file.state) return file;
  }
  return undefined;
}

/** Agents name what lies in the open folders, also behind links. */
async function findFiles(path: string, roots: readonly string[], workspace: Workspace): Promise<string[]> {
  const [root = ''] = roots;
  const known = async (file: string): Promise<boolean> => (await workspace.kindOf(file)) !== undefined;
  const absolute = resolve(root, path);
  if (!roots.some((one) => isInside(absolute, one, paths))) throw outside(path);
  const files = await findManifests([absolute], known).catch((error: Error) => {
    throw new AgentError(error.message.replaceAll(absolute, path));
  });
  const inside = await Promise.all(roots.map((one) => nodeFiles.realPath(one)));
  for (const file of files) {
    const real = await nodeFiles.realPath(file);
    const isWithin = inside.some(
      (one) => one !== undefined && real !== undefined && isInside(real, one, paths),
    );
    if (!isWithin) throw outside(relative(root, file));
    if (!(await known(file)))
      throw new AgentError(
        `${relative(root, file)} is no manifest by its name or the settings. Give its text and kind if it is one.`,
      );
  }
  return files;
}

function outside(path: string): AgentError {
  return new AgentError(`${path} is outside of the open folder. Name manifests within it.`);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readStamp(path: string): Promise<string> {
  const found = await nodeFiles.status(path);
  return found ? `${found.size}:${found.mtimeMs}` : 'gone';
}

/** The schema of what `readTexts` takes. */
export const manifestInput: Readonly<Record<string, JsonObject>> = {
  paths: {
    type: 'array',
    items: { type: 'string' },
    description: 'Manifest files or folders of them, relative to the open folder.',
  },
  text: { type: 'string', maxLength: 200_000, description: 'A manifest in YAML or JSON, in place of paths.' },
  kind: { enum: [...kinds], description: "What 'text' is." },
};
