import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type {
  imagesChangedMethod as ImagesChangedMethod,
  limitsMethod as LimitsMethod,
  liveImageMethod as LiveImageMethod,
  LiveImageParams,
  LiveImageResult,
  PublishedLimits,
} from '../server/language/protocol.ts';
import { profiles, withLimits } from '../server/rules/profiles.ts';
import type { Context } from './context.ts';
import type { ImageDocuments } from './documents.ts';
import { imageScheme } from './documentUri.ts';
import { describe } from './errors.ts';

// Only types may come from the language server's folder; these make the words be its own.
const liveImage: typeof LiveImageMethod = 'cloudImages/liveImage';
const limits: typeof LimitsMethod = 'cloudImages/limits';
const imagesChanged: typeof ImagesChangedMethod = 'cloudImages/imagesChanged';

export interface LanguageServer {
  /** Why it does not run, when it does not. */
  readonly problem: string | undefined;
  onDidChange(listener: () => void): void;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts the language server and answers what it asks of the connected cloud. Without it the rest works all the same. */
export function startLanguageServer(
  program: string,
  context: Context,
  documents: ImageDocuments,
): LanguageServer {
  const listeners: (() => void)[] = [];
  let problem: string | undefined;
  const client = new LanguageClient(
    'cloudImages',
    'Cloud Images',
    { module: program, transport: TransportKind.ipc },
    {
      documentSelector: ['file', 'untitled', imageScheme].flatMap((scheme) => [
        { scheme, language: 'image-manifest' },
        { scheme, language: 'image-manifest-json' },
      ]),
      outputChannel: context.log,
      initializationOptions: { liveImages: true },
      synchronize: { configurationSection: 'cloudImages' },
      diagnosticPullOptions: { onChange: true, onTabs: false },
    },
  );
  client.onRequest<LiveImageResult, void>(liveImage, (params: LiveImageParams) =>
    findImage(context, documents, params),
  );
  const publish = (): Promise<void> => notify(limits, publishedLimits(context));
  const subscriptions = [
    context.emulator.onDidChange(() => void publish()),
    context.images.onDidChange(() => void notify(imagesChanged, {})),
    documents.onDidRebase(() => void notify(imagesChanged, {})),
  ];

  async function notify(method: string, parameters: object | null): Promise<void> {
    if (!client.isRunning()) return;
    await client
      .sendNotification(method, parameters)
      .catch((error: unknown) => context.log.warn(describe(error)));
  }

  async function run(start: () => Promise<void>): Promise<void> {
    try {
      await start();
      problem = undefined;
      await publish();
    } catch (error) {
      problem = describe(error);
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
      for (const subscription of subscriptions) subscription.dispose();
      await client.dispose(2000);
    },
  };
}

function publishedLimits({ emulator }: Context): PublishedLimits | null {
  if (emulator.state.is !== 'running') return null;
  const { profile, limits } = emulator.state.status;
  return { profile, limits: withLimits(profiles[profile], limits).limits };
}

/** By id, or by name where exactly one own image has it; of an opened live image, what its text is an edit of. */
async function findImage(
  context: Context,
  documents: ImageDocuments,
  { uri, id, name }: LiveImageParams,
): Promise<LiveImageResult> {
  const address = vscode.Uri.parse(uri);
  if (address.scheme === imageScheme) {
    const base = documents.baseOf(address);
    return base ? { image: Object.fromEntries(base) } : { unavailable: 'The image is being read.' };
  }
  const { cloud } = context.connections;
  if (!cloud) return { unavailable: 'No cloud is connected.' };
  const snapshot = await context.images.loaded();
  if (snapshot.is !== 'ready')
    return { unavailable: snapshot.is === 'failed' ? snapshot.why : 'The images are being read.' };
  if (id !== undefined) {
    const image = snapshot.items.get(id)?.image;
    return image ? { image: Object.fromEntries(image) } : { none: true };
  }
  const images = [...snapshot.items.values()].map(({ image }) => image);
  const own = images.filter(
    (image) => image.get('owner') === cloud.session.account.id && image.get('name') === name,
  );
  const [image] = own;
  if (own.length > 1) return { unavailable: `${own.length} images have the name ${name}.` };
  return image ? { image: Object.fromEntries(image) } : { none: true };
}
