import type { Connection } from 'vscode-languageserver';
import { readDiskFacts } from '../../disks/facts.ts';
import type { ByteSource } from '../../disks/source.ts';
import type { ContainerFacts, DiskFacts, Facts } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import type { Questions } from '../lsp/lateAnswers.ts';
import {
  type ClientAbilities,
  type FlavorResult,
  flavorMethod,
  type ListedItem,
  type ListParams,
  type ListResult,
  type LiveImageParams,
  type LiveImageResult,
  type LiveServerParams,
  type LiveServerResult,
  listMethod,
  liveImageMethod,
  liveServerMethod,
  type ObjectParams,
  type ObjectResult,
  objectMethod,
} from '../protocol.ts';

/** The cloud that the client is connected to; undefined is what is not known. */
export interface CloudView {
  image(
    parameters: LiveImageParams,
  ): Promise<LiveImage | { readonly sameName: readonly string[] } | null | undefined>;
  /** The disk that was uploaded as `container/object`. */
  disk(importFrom: string): Promise<DiskFacts | 'missing' | undefined>;
  container(name: string, prefix: string): Promise<ContainerFacts | undefined>;
  list(parameters: ListParams): Promise<readonly ListedItem[]>;
  server(parameters: LiveServerParams): Promise<Pick<Facts, 'server' | 'flavors'> | undefined>;
  /** The flavor of a reference, or none; and what the account may have of servers. */
  flavor(reference: string): Promise<Pick<Facts, 'flavors' | 'quota'> | undefined>;
}

export interface LiveImage {
  readonly image: ReadonlyMap<string, Json>;
  readonly address?: string;
}

const maximumKept = 200;

export function cloudView(
  connection: Connection,
  questions: Questions,
  abilities: () => ClientAbilities,
): CloudView {
  /** By name and content, so that what changed elsewhere does not make a disk be read again. */
  const disks = new Map<string, DiskFacts>();

  async function image(parameters: LiveImageParams): ReturnType<CloudView['image']> {
    if (!abilities().liveImages) return undefined;
    const { uri, id, name } = parameters;
    return questions.ask(
      JSON.stringify(['image', uri.startsWith('cloud-image:') ? uri : '', id, name]),
      async () =>
        readLiveImage(await connection.sendRequest<LiveImageResult>(liveImageMethod, parameters), parameters),
    );
  }

  async function disk(importFrom: string): Promise<DiskFacts | 'missing' | undefined> {
    const slash = importFrom.indexOf('/');
    const [container, name] = [importFrom.slice(0, slash), importFrom.slice(slash + 1)];
    if (!abilities().cloudFiles || slash < 1 || name === '') return undefined;
    return questions.ask(JSON.stringify(['disk', importFrom]), async () => {
      const object = (parameters: ObjectParams) =>
        connection.sendRequest<ObjectResult>(objectMethod, parameters);
      const head = await object({ container, name });
      if ('none' in head) return 'missing';
      if (!('size' in head)) return undefined;
      const stamp = JSON.stringify([importFrom, head.size, head.etag]);
      const known = disks.get(stamp) ?? (await readDiskFacts(importFrom, objectSource(head)));
      if (disks.size >= maximumKept) disks.clear();
      disks.set(stamp, known);
      return known;

      function objectSource({ size, etag }: { size: number; etag: string }): ByteSource {
        return {
          size,
          async read(start, length) {
            const range = { start, end: Math.min(start + length, size) };
            if (range.end <= range.start) return new Uint8Array(0);
            const part = await object({ container, name, range });
            const bytes =
              'bytes' in part && part.etag === etag
                ? Uint8Array.from(atob(part.bytes ?? ''), (character) => character.charCodeAt(0))
                : undefined;
            if (bytes?.length !== range.end - range.start)
              throw new Error(`${importFrom} changed while it was read, or the cloud did not send it.`);
            return bytes;
          },
        };
      }
    });
  }

  async function listed(parameters: ListParams): Promise<ListResult | undefined> {
    if (!abilities().cloudFiles) return undefined;
    return questions.ask(JSON.stringify(['list', parameters]), () =>
      connection.sendRequest<ListResult>(listMethod, parameters),
    );
  }

  return {
    image,
    disk,
    async container(name, prefix) {
      const result = await listed({ what: 'objects', container: name, prefix });
      if (!result || 'unavailable' in result) return undefined;
      return 'none' in result ? 'missing' : { objects: result.items.map((item) => item.name) };
    },
    async server(parameters) {
      if (!abilities().servers) return undefined;
      return questions.ask(JSON.stringify(['server', parameters.id, parameters.name]), async () => {
        const result = await connection.sendRequest<LiveServerResult>(liveServerMethod, parameters);
        if ('unavailable' in result) return undefined;
        return 'none' in result ? { server: null } : result;
      });
    },
    async flavor(reference) {
      if (!abilities().servers) return undefined;
      return questions.ask(JSON.stringify(['flavor', reference]), async () => {
        const result = await connection.sendRequest<FlavorResult>(flavorMethod, { reference });
        return 'flavors' in result ? result : undefined;
      });
    },
    async list(parameters) {
      const result = await listed(parameters);
      return result && 'items' in result ? result.items : [];
    },
  };
}

/** Keeps an answer as it is used, so that the image is the same as long as the answer is. */
function readLiveImage(
  result: LiveImageResult,
  { id, name }: LiveImageParams,
): Awaited<ReturnType<CloudView['image']>> {
  if ('unavailable' in result) return undefined;
  if ('none' in result) return null;
  if ('sameName' in result) return result;
  // Another image than was asked for says nothing of this one.
  if (id !== undefined && result.image['id'] !== id) return undefined;
  if (id === undefined && name !== undefined && result.image['name'] !== name) return undefined;
  const { address } = result;
  return { image: new Map(Object.entries(result.image)), ...(address === undefined ? {} : { address }) };
}
