import type { Connection, InitializeParams } from 'vscode-languageserver';
import type { CloudVocabulary } from '../../rules/profile/vocabulary.ts';
import type { Project, PublishedLimits } from '../../workspace/settings.ts';
import { openWorkspace } from '../../workspace/workspace.ts';
import type { Host } from '../analysis/analysis.ts';
import { cloudView } from '../analysis/cloudView.ts';
import type { Platform } from '../platform.ts';
import type { ClientAbilities, ListedItem, ListParams } from '../protocol.ts';
import { openQuestions } from './lateAnswers.ts';
import { openNamedFiles } from './namedFiles.ts';

/** The service's effects, over the connection and the file system; what was learnt is kept until `forget`. */
export interface ConnectedHost extends Host {
  initialize(parameters: InitializeParams): void;
  publish(limits: PublishedLimits | undefined): void;
  tellVocabulary(vocabulary: CloudVocabulary | undefined): void;
  forget(): void;
  /** True where the client runs our commands. */
  commands(): boolean;
  /** The workspace's folders. */
  roots(): readonly string[];
  /** The address that opens the image in the client. */
  imageAddress(uri: string, id: string): Promise<string | undefined>;
  /** Names in the connected cloud; none where nothing is known. */
  listed(parameters: ListParams): Promise<readonly ListedItem[]>;
  /** The path of the disk of `container/object` on this machine. */
  diskPath(uri: string, importFrom: string): Promise<string | undefined>;
}

/** `openText` reads a document that is open in the editor. `changed` is called when more is known than was answered. */
export function createHost(
  connection: Connection,
  { files, readDisk, toPath, toUri }: Platform,
  openText: (path: string) => string | undefined,
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
  let vocabulary: CloudVocabulary | undefined;

  const workspace = openWorkspace({
    files,
    readDisk,
    roots: () => roots,
    editor: async (path) => {
      const said: unknown = configurable
        ? await connection.workspace.getConfiguration({
            scopeUri: toUri(path),
            section: 'cloudImages',
          })
        : undefined;
      return { ...(isObject(said) ? said : {}), trusted: abilities.trusted !== false };
    },
    published: () => published,
    vocabulary: () => vocabulary,
    openText,
  });
  const warned = new WeakSet<Project>();

  async function project(uri: string): Promise<Project> {
    const found = await workspace.project(toPlace(uri));
    if (found.problem && !warned.has(found)) connection.console.warn(found.problem);
    warned.add(found);
    return found;
  }

  function toPlace(uri: string): string {
    return toPath(uri) ?? workspace.fallbackPath();
  }

  const named = openNamedFiles(toPath, workspace);
  return {
    initialize({ capabilities, workspaceFolders, initializationOptions }) {
      configurable = capabilities.workspace?.configuration === true;
      abilities = isObject(initializationOptions) ? initializationOptions : {};
      const pulls = capabilities.textDocument?.diagnostic !== undefined;
      waits = pulls && capabilities.workspace?.diagnostics?.refreshSupport !== true;
      roots = (workspaceFolders ?? []).flatMap(({ uri }) => toPath(uri) ?? []);
    },
    publish(limits) {
      published = limits;
    },
    tellVocabulary(told) {
      vocabulary = told;
    },
    forget() {
      workspace.forget();
      questions.forget();
      named.forget();
    },
    pathOrUri: (uri) => toPath(uri) ?? uri,
    commands: () => abilities.commands === true,
    roots: () => roots,
    settings: project,
    disk: async (uri, importFrom) =>
      (await workspace.disk(toPlace(uri), importFrom))?.facts ?? cloud.disk(importFrom),
    imageFiles: async (uri) => {
      const path = toPath(uri);
      return path === undefined ? [] : workspace.imageFiles(path);
    },
    ...named.questions,
    imageBeside: (uri) => workspace.companionImage(toPlace(uri)).catch(() => undefined),
    importBeside: (uri) => workspace.companionImport(toPlace(uri)).catch(() => undefined),
    diskPath: (uri, importFrom) => workspace.diskPath(toPlace(uri), importFrom),
    diskNames: (uri) => workspace.diskNames(toPlace(uri)),
    diskPlaces: (uri, importFrom) => workspace.diskPlaces(toPlace(uri), importFrom),
    get liveImage() {
      return abilities.liveImages
        ? (uri: string, image: { id?: string; name?: string }) =>
            cloud.image({ uri, ...image }).then((found) => (found && 'image' in found ? found.image : found))
        : undefined;
    },
    get liveServer() {
      return abilities.servers ? cloud.server : undefined;
    },
    get flavor() {
      return abilities.servers ? cloud.flavor : undefined;
    },
    imageAddress: async (uri, id) => {
      const found = await cloud.image({ uri, id });
      return found && 'address' in found ? found.address : undefined;
    },
    container: (_, name, prefix) => cloud.container(name, prefix),
    listed: cloud.list,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
