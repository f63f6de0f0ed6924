import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Connection, InitializeParams } from 'vscode-languageserver/node';
import { readDiskFile } from '../../disks/readDiskFile.ts';
import { nodeFiles } from '../../workspace/nodeFiles.ts';
import type { Project, PublishedLimits } from '../../workspace/settings.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import type { Host } from '../analysis/analysis.ts';
import { cloudView } from '../analysis/cloudView.ts';
import type { ClientAbilities, ListedItem, ListParams } from '../protocol.ts';
import { openQuestions } from './lateAnswers.ts';
import { localPath } from './uris.ts';

/** The service's effects, over the connection and the file system; what was learnt is kept until `forget`. */
export interface ConnectedHost extends Host {
  initialize(parameters: InitializeParams): void;
  publish(limits: PublishedLimits | undefined): void;
  forget(): void;
  /** Whether the client runs our commands. */
  commands(): boolean;
  /** The workspace's folders. */
  roots(): readonly string[];
  /** What opens the image in the client. */
  imageAddress(uri: string, id: string): Promise<string | undefined>;
  /** Names in the connected cloud; none where nothing is known. */
  listed(parameters: ListParams): Promise<readonly ListedItem[]>;
  /** The path of the disk of `container/object` on this machine. */
  diskPath(uri: string, importFrom: string): Promise<string | undefined>;
}

/** `textOf`: the text of a document that is open in the editor. `changed` is called when more is known than was answered. */
export function createHost(
  connection: Connection,
  textOf: (path: string) => string | undefined,
  changed: () => void,
): ConnectedHost {
  let roots: string[] = [];
  let configurable = false;
  let abilities: ClientAbilities = {};
  let waits = false;
  const questions = openQuestions(
    () => waits,
    changed,
    (message) => connection.console.warn(message),
  );
  const cloud = cloudView(connection, questions, () => abilities);
  let published: PublishedLimits | undefined;

  const workspace = openWorkspace({
    files: nodeFiles,
    readDisk: readDiskFile,
    roots: () => roots,
    editor: async (path) => {
      const said: unknown = configurable
        ? await connection.workspace.getConfiguration({
            scopeUri: pathToFileURL(path).href,
            section: 'cloudImages',
          })
        : undefined;
      return { ...(isObject(said) ? said : {}), trusted: abilities.trusted !== false };
    },
    published: () => published,
    openText: textOf,
  });
  const warned = new WeakSet<Project>();

  async function project(uri: string): Promise<Project> {
    const found = await workspace.project(placeOf(uri));
    if (found.problem && !warned.has(found)) connection.console.warn(found.problem);
    warned.add(found);
    return found;
  }

  /** What is no file, such as an opened live image, counts as one in the workspace's first folder. */
  function placeOf(uri: string): string {
    return localPath(uri) ?? join(roots[0] ?? '/', 'untitled');
  }

  return {
    initialize({ capabilities, workspaceFolders, initializationOptions }) {
      configurable = capabilities.workspace?.configuration === true;
      abilities = isObject(initializationOptions) ? initializationOptions : {};
      const pulls = capabilities.textDocument?.diagnostic !== undefined;
      waits = pulls && capabilities.workspace?.diagnostics?.refreshSupport !== true;
      roots = (workspaceFolders ?? []).flatMap(({ uri }) => localPath(uri) ?? []);
    },
    publish(limits) {
      published = limits;
    },
    forget() {
      workspace.forget();
      questions.forget();
    },
    commands: () => abilities.commands === true,
    roots: () => roots,
    settings: project,
    disk: async (uri, importFrom) =>
      (await workspace.disk(placeOf(uri), importFrom))?.facts ?? cloud.disk(importFrom),
    imageBeside: (uri) => workspace.companionImage(placeOf(uri)).catch(() => undefined),
    diskPath: (uri, importFrom) => workspace.diskPath(placeOf(uri), importFrom),
    diskNames: (uri) => workspace.diskNames(placeOf(uri)),
    get liveImage() {
      return abilities.liveImages
        ? (uri: string, image: { id?: string; name?: string }) =>
            cloud.image({ uri, ...image }).then((found) => (found ? found.image : found))
        : undefined;
    },
    imageAddress: async (uri, id) => (await cloud.image({ uri, id }))?.address,
    container: (_, name, prefix) => cloud.container(name, prefix),
    listed: cloud.list,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
