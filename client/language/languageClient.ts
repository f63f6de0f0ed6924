import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type {
  ClientAbilities,
  flavorMethod as FlavorMethod,
  FlavorParams,
  FlavorResult,
  imagesChangedMethod as ImagesChangedMethod,
  limitsMethod as LimitsMethod,
  listMethod as ListMethod,
  ListParams,
  ListResult,
  liveImageMethod as LiveImageMethod,
  LiveImageParams,
  LiveImageResult,
  liveServerMethod as LiveServerMethod,
  LiveServerParams,
  LiveServerResult,
  objectMethod as ObjectMethod,
  ObjectParams,
  ObjectResult,
  vocabularyMethod as VocabularyMethod,
} from '../../server/language/protocol.ts';
import { describeLimits } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { ImageFileSystem } from '../documents/imageFileSystem.ts';
import { imageScheme } from '../documents/imageUri.ts';
import { leanMemory } from '../emulator/nodeEnvironment.ts';
import { describeError } from '../ui/errors.ts';
import { createImageFinder, findServer, listNames, readFlavor, readObject } from './cloudRequests.ts';
import { followSelector, type ManifestFilter, manifestSelector } from './manifestSelector.ts';
import type { Vocabularies } from './vocabulary.ts';

// Only types may come from the language server's folder; they hold these names to its own.
const liveImage: typeof LiveImageMethod = 'cloudImages/liveImage';
const liveServer: typeof LiveServerMethod = 'cloudImages/liveServer';
const flavor: typeof FlavorMethod = 'cloudImages/flavor';
const list: typeof ListMethod = 'cloudImages/list';
const object: typeof ObjectMethod = 'cloudImages/object';
const limits: typeof LimitsMethod = 'cloudImages/limits';
const vocabulary: typeof VocabularyMethod = 'cloudImages/vocabulary';
const imagesChanged: typeof ImagesChangedMethod = 'cloudImages/imagesChanged';

const schemes = ['file', 'untitled', imageScheme];

export interface LanguageServer {
  /** Reason why it does not run. */
  readonly problem: string | undefined;
  onDidChange(listener: () => void): void;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts the language server and answers what it asks of the connected cloud. Without it the rest works all the same. */
export function startLanguageServer(
  program: string,
  context: Context,
  documents: ImageFileSystem,
  vocabularies: Vocabularies,
): LanguageServer {
  const listeners: (() => void)[] = [];
  let problem: string | undefined;
  let objectsChanged: NodeJS.Timeout | undefined;
  const abilities = (): ClientAbilities => ({
    trusted: vscode.workspace.isTrusted,
    liveImages: true,
    servers: true,
    cloudFiles: true,
    commands: true,
  });
  /** The client reads it whenever it starts. */
  const selector: ManifestFilter[] = [];
  const client = new LanguageClient(
    'cloudImages',
    'Cloud Images',
    { module: program, transport: TransportKind.ipc, options: { env: leanMemory } },
    {
      documentSelector: selector,
      diagnosticCollectionName: 'cloudImages', // as the problems of the task `lint`, so that none stands twice
      outputChannel: context.log,
      initializationOptions: abilities,
      synchronize: { configurationSection: 'cloudImages' },
      diagnosticPullOptions: { onChange: true, onTabs: false },
    },
  );
  const findImage = createImageFinder(context, documents);
  client.onRequest<LiveImageResult, void>(liveImage, (params: LiveImageParams) => findImage(params));
  client.onRequest<LiveServerResult, void>(liveServer, (params: LiveServerParams) =>
    findServer(context, params),
  );
  client.onRequest<FlavorResult, void>(flavor, (params: FlavorParams) => readFlavor(context, params));
  client.onRequest<ListResult, void>(list, (params: ListParams) => listNames(context, params));
  client.onRequest<ObjectResult, void>(object, (params: ObjectParams) => readObject(context, params));
  const publish = (): Promise<void> => notify(limits, describeLimits(context.source) ?? null);
  const tellVocabulary = (): Promise<void> => notify(vocabulary, vocabularies.current ?? null);
  const subscriptions = [
    vocabularies.onDidChange(() => void tellVocabulary()),
    context.source.onDidChangeState(() => void publish()),
    context.images.onDidChange(() => void notify(imagesChanged, {})),
    documents.onDidRebase(() => void notify(imagesChanged, {})),
    context.source.onDidReport(({ kind }) => {
      if (kind === 'object' || kind === 'container' || kind === 'server') noteObjects();
    }),
    followSelector(schemes, selector, () => run(() => client.restart())),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void run(() => client.restart())),
  ];

  /** Tells of many objects and states of servers together, since an upload is many. */
  function noteObjects(): void {
    objectsChanged ??= setTimeout(() => {
      objectsChanged = undefined;
      void notify(imagesChanged, {});
    }, 500);
  }

  async function notify(method: string, parameters: object | null): Promise<void> {
    if (!client.isRunning()) return;
    await client
      .sendNotification(method, parameters)
      .catch((error: unknown) => context.log.warn(describeError(error)));
  }

  async function run(start: () => Promise<void>): Promise<void> {
    try {
      selector.splice(0, selector.length, ...(await manifestSelector(schemes)));
      await start();
      problem = undefined;
      await publish();
      await tellVocabulary();
    } catch (error) {
      problem = describeError(error);
      context.log.error(`The language server did not start: ${problem}`);
    }
    for (const listener of listeners) listener();
  }

  void run(() => client.start());
  return {
    get problem() {
      return problem;
    },
    onDidChange: (listener) => listeners.push(listener),
    restart: () => run(() => client.restart()),
    dispose: async () => {
      clearTimeout(objectsChanged);
      for (const subscription of subscriptions) subscription.dispose();
      await client.dispose(2000);
    },
  };
}
