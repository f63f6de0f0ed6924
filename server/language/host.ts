import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection, InitializeParams } from 'vscode-languageserver/node';
import type { Json } from '../rules/types.ts';
import { imageBeside } from './beside.ts';
import { openDisks, type Places } from './disks.ts';
import { type EditorSettings, type Project, readProject } from './projects.ts';
import {
  type LiveImageParams,
  type LiveImageResult,
  liveImageMethod,
  type PublishedLimits,
} from './protocol.ts';
import type { Host } from './types.ts';
import { isLocalFile, pathOf } from './uris.ts';

/** The service's effects, over the connection and the file system; what was learnt is kept until `forget`. */
export interface ConnectedHost extends Host {
  initialize(parameters: InitializeParams): void;
  publish(limits: PublishedLimits | undefined): void;
  forget(): void;
  /** Whether the client runs our commands. */
  commands(): boolean;
  /** The workspace's folders. */
  roots(): readonly string[];
  /** The path of the disk of `container/object` on this machine. */
  diskPath(uri: string, importFrom: string): Promise<string | undefined>;
}

/** `textOf`: the text of a document that is open in the editor. */
export function createHost(
  connection: Connection,
  textOf: (path: string) => string | undefined,
): ConnectedHost {
  const disks = openDisks();
  const projects = new Map<string, Promise<Project>>();
  const images = new Map<string, Promise<ReadonlyMap<string, Json> | null | undefined>>();
  let roots: string[] = [];
  let configurable = false;
  let answersLiveImages = false;
  let runsCommands = false;
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
      isObject(editor) ? (editor as EditorSettings) : {},
      published,
    );
    if (found.problem) connection.console.warn(found.problem);
    return found;
  }

  async function places(uri: string): Promise<Places> {
    const path = placeOf(uri);
    return { path, root: rootOf(path), containers: (await project(uri)).containers };
  }

  /** What is no file, such as an opened live image, counts as one in the workspace's first folder. */
  function placeOf(uri: string): string {
    return isLocalFile(uri) ? pathOf(uri) : join(roots[0] ?? '/', 'untitled');
  }

  function rootOf(path: string): string | undefined {
    return (
      roots
        .filter((root) => path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}\\`))
        .sort((a, b) => b.length - a.length)[0] ?? roots[0]
    );
  }

  async function requestImage(
    parameters: LiveImageParams,
  ): Promise<ReadonlyMap<string, Json> | null | undefined> {
    const result = await connection.sendRequest<LiveImageResult>(liveImageMethod, parameters);
    if ('image' in result) return new Map(Object.entries(result.image));
    return 'none' in result ? null : undefined;
  }

  return {
    initialize({ capabilities, workspaceFolders, initializationOptions }) {
      configurable = capabilities.workspace?.configuration === true;
      answersLiveImages = isObject(initializationOptions) && initializationOptions['liveImages'] === true;
      runsCommands = isObject(initializationOptions) && initializationOptions['commands'] === true;
      roots = (workspaceFolders ?? []).flatMap(({ uri }) => (isLocalFile(uri) ? [pathOf(uri)] : []));
    },
    publish(limits) {
      published = limits;
    },
    forget() {
      projects.clear();
      images.clear();
    },
    commands: () => runsCommands,
    roots: () => roots,
    settings: project,
    disk: async (uri, importFrom) => disks.facts(importFrom, await places(uri)),
    imageBeside: (uri) =>
      imageBeside(
        placeOf(uri),
        async (path) => textOf(path) ?? readFile(path, 'utf8').catch(() => undefined),
      ),
    diskPath: async (uri, importFrom) => disks.path(importFrom, await places(uri)),
    diskNames: async (uri) => disks.names(await places(uri)),
    async liveImage(uri, image) {
      if (!answersLiveImages) return undefined;
      const key = JSON.stringify([uri.startsWith('cloud-image:') ? uri : '', image.id, image.name]);
      const known = images.get(key) ?? requestImage({ uri, ...image });
      images.set(key, known);
      return known.catch((error: unknown) => {
        images.delete(key);
        connection.console.warn(`The live image was not available: ${String(error)}`);
        return undefined;
      });
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
