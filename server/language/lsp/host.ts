import { join } from 'node:path';
import type { Connection, InitializeParams } from 'vscode-languageserver/node';
import { imageBeside } from '../../workspace/companionImage.ts';
import { openDisks, type Places } from '../../workspace/disks.ts';
import type { PublishedLimits } from '../../workspace/settings.ts';
import { type Project, readProject } from '../../workspace/settings.ts';
import { readText } from '../../workspace/textFile.ts';
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
  const disks = openDisks();
  const projects = new Map<string, Promise<Project>>();
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

  function project(uri: string): Promise<Project> {
    const known = projects.get(uri);
    if (known) return known;
    const reading = readSettings(uri);
    projects.set(uri, reading);
    return reading;
  }

  async function readSettings(uri: string): Promise<Project> {
    const editor: unknown = configurable
      ? await connection.workspace.getConfiguration({ scopeUri: uri, section: 'cloudImages' })
      : undefined;
    const path = placeOf(uri);
    const found = await readProject(
      path,
      rootOf(path),
      { ...(isObject(editor) ? editor : {}), trusted: abilities.trusted !== false },
      published,
    );
    if (found.problem) connection.console.warn(found.problem);
    return found;
  }

  async function places(uri: string): Promise<Places> {
    const path = placeOf(uri);
    const { containers, within } = await project(uri);
    return { path, root: rootOf(path), containers, within };
  }

  /** What is no file, such as an opened live image, counts as one in the workspace's first folder. */
  function placeOf(uri: string): string {
    return localPath(uri) ?? join(roots[0] ?? '/', 'untitled');
  }

  function rootOf(path: string): string | undefined {
    return (
      roots
        .filter((root) => path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}\\`))
        .sort((a, b) => b.length - a.length)[0] ?? roots[0]
    );
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
      projects.clear();
      questions.forget();
    },
    commands: () => abilities.commands === true,
    roots: () => roots,
    settings: project,
    disk: async (uri, importFrom) =>
      (await disks.facts(importFrom, await places(uri))) ?? cloud.disk(importFrom),
    imageBeside: (uri) =>
      imageBeside(placeOf(uri), async (path) => textOf(path) ?? readText(path).catch(() => undefined)),
    diskPath: async (uri, importFrom) => disks.path(importFrom, await places(uri)),
    diskNames: async (uri) => disks.names(await places(uri)),
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
