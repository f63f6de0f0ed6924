/** The language server over stdio, with the cloud as VS Code's client shows it. */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { imageReader, type LiveImage } from '../../../client/cloud/imageCollection.ts';
import { ImageNames } from '../../../client/cloud/imageNames.ts';
import type { Context } from '../../../client/context.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import { unlessMissing } from '../../../server/cloud/session/errors.ts';
import type { ListParams, LiveImageParams, ObjectParams } from '../../../server/language/protocol.ts';
import { findRule } from '../../../server/rules/evaluate.ts';
import { profiles } from '../../../server/rules/profile/table.ts';
import { startLanguageServer } from '../../tools/languageServer.ts';
import type { User, World } from './world.ts';

// The client's answers need of the editor its addresses, and settings as they are at first.
const stub = `export const Uri = { parse: (text) => ({ scheme: text.slice(0, text.indexOf(':')), authority: '', path: text.slice(text.indexOf(':') + 1), toString: () => text }),
  from: ({ scheme, path }) => ({ scheme, path, toString: () => scheme + ':' + path }) };
  export const workspace = { getConfiguration: () => ({ get: (name, usual) => usual }) };`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true }
      : next(specifier, context),
});
const { createImageFinder, listNames, readObject } = await import(
  '../../../client/language/cloudRequests.ts'
);

/** A finding at its place in the text. */
export interface Found {
  readonly rule: string;
  readonly message: string;
  /** 1: error, 2: warning, 3: information, 4: hint. */
  readonly severity: number;
  readonly start: number;
}

export interface Looking {
  readonly path: string;
  readonly text: string;
  readonly caller: string;
  /** The id of the live image whose opened text this is. */
  readonly opened?: string | undefined;
}

export interface Editor {
  /** Opens a text, has it judged, runs `between`, and judges it again. */
  look(looking: Looking, between?: () => Promise<void>): Promise<Found[]>;
  close(): Promise<void>;
}

export async function openEditor(world: World): Promise<Editor> {
  const profile = profiles[world.profile];
  let user: User = world.user('owner');
  let opened: Image | undefined;
  /** What each user sees of the cloud as it was at the beginning; another cloud is read anew. */
  const seen = new Map<User, ReadonlyMap<string, LiveImage>>();
  let isAsBefore = true;
  let version = 0;
  const readImages = async (): Promise<ReadonlyMap<string, LiveImage>> => {
    // Who asks, and of which cloud: an answer may come when another user is signed in.
    const [asking, asked] = [user, isAsBefore ? version : undefined];
    const known = asked === undefined ? undefined : seen.get(asking);
    const { cloud, caller } = asking;
    const items =
      known ??
      (await imageReader.readAll({
        cloudId: 'emulator',
        cloud,
        caller,
        profile,
        because: 'the test says so',
        taskInterval: 5,
        environment: {},
      }));
    if (asked === version && isAsBefore) seen.set(asking, items);
    return items;
  };
  const images = {
    loaded: async () => {
      try {
        return { kind: 'ready', items: await readImages() };
      } catch (error) {
        return { kind: 'failed', reason: String(error) };
      }
    },
  };
  // The parts of the extension's context that the answers are made of.
  const source = {
    get connection() {
      return { ...user, profile };
    },
  };
  const imageNames = new ImageNames();
  const context = { source, images, imageNames, log: { warn: () => undefined } } as unknown as Context;
  const documents = { findBase: () => opened } as unknown as Parameters<typeof createImageFinder>[1];
  const findImage = createImageFinder(context, documents);
  const server = await startLanguageServer({
    root: world.root,
    requests: {
      'cloudImages/liveImage': (parameters: LiveImageParams) => findImage(parameters),
      'cloudImages/list': (parameters: ListParams) => listNames(context, parameters),
      'cloudImages/object': (parameters: ObjectParams) => readObject(context, parameters),
    },
  });
  const { connection } = server;

  async function signIn(name: string): Promise<void> {
    const next = world.user(name);
    if (next === user && seen.size > 0) return;
    user = next;
    const { limits, name: profileName } = profile;
    await connection.sendNotification('cloudImages/limits', {
      profile: profileName,
      limits,
      caller: user.caller,
    });
    await connection.sendNotification('cloudImages/imagesChanged', {});
  }

  return {
    async look({ path, text, caller, opened: id }, between) {
      if (world.version !== version) {
        version = world.version;
        seen.clear();
        await connection.sendNotification('cloudImages/imagesChanged', {});
      }
      await signIn(caller);
      if (!isAsBefore) {
        // By now the cloud was brought back to what it was.
        isAsBefore = true;
        await connection.sendNotification('cloudImages/imagesChanged', {});
      }
      opened = undefined;
      if (id !== undefined) {
        const { kind, items } = await images.loaded();
        const listed = kind === 'ready' ? items?.get(id)?.image : undefined;
        // It is opened by its id, which lists need not show.
        opened = listed ?? (kind === 'ready' ? await unlessMissing(user.cloud.images.get(id)) : undefined);
        await connection.sendNotification('cloudImages/imagesChanged', {});
      }
      const document = server.open(
        id === undefined ? join(world.root, path) : `cloud-image:/region/${id}/${path}`,
        text,
      );
      let problems = await document.diagnostics();
      if (between) {
        await between();
        isAsBefore = false;
        await connection.sendNotification('cloudImages/imagesChanged', {});
        problems = await document.diagnostics();
      }
      await document.close();
      // What a boot refuses is not asked for here.
      const asked = problems.filter(({ code }) => !findRule(String(code))?.atBoot);
      return asked.map(({ code, message, severity, range }) => ({
        rule: String(code),
        message,
        severity: severity ?? 1,
        start: document.offsetOf(range)[0],
      }));
    },
    close: () => server.close(),
  };
}
