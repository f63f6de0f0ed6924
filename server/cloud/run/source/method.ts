import type { ImageSource, Method } from '../../../rules/source/source.ts';
import type { ImageStore } from '../../services/imageImports.ts';

/** What a cloud offers to bring bytes into its images. */
export interface ImportOffers {
  /** Of imports; `upload` is always there. */
  readonly methods: readonly string[];
  readonly stores: readonly ImageStore[];
}

/** The way that bytes take into the cloud, and why. */
export interface Way {
  readonly method: Method;
  /** Names of stores; none: the cloud's default. */
  readonly stores: readonly string[];
  /** For people, as the tail of a sentence. */
  readonly reason: string;
}

/** Chooses the way by what the cloud offers and what the source is; or says why there is none. */
export function chooseWay(source: ImageSource, offers: ImportOffers): Way | { readonly impossible: string } {
  const stores = findStores(source, offers);
  if (!Array.isArray(stores)) return stores as { readonly impossible: string };
  const { method, reason } = source.method
    ? { method: source.method, reason: 'the manifest says so' }
    : propose(source, stores, offers);
  if (method === 'upload') {
    if (stores.length <= 1) return { method, stores, reason };
    return {
      impossible: `An upload goes to one store, and the manifest names ${stores.length}. ${offers.methods.includes('glance-direct') ? "Remove 'method': glance-direct reaches all of them." : 'This cloud offers no glance-direct, which would reach all of them.'}`,
    };
  }
  if (offers.methods.includes(method)) return { method, stores, reason };
  const offered = offers.methods.length === 0 ? 'no import method' : ['upload', ...offers.methods].join(', ');
  const remedy = source.method ? " Choose one of them, or remove 'method'." : '';
  return { impossible: `This cloud does not offer ${method}; it offers ${offered}.${remedy}` };
}

function propose(
  { origin, checksum, compression }: ImageSource,
  stores: readonly string[],
  { methods }: ImportOffers,
): { readonly method: Method; readonly reason: string } {
  if (origin.type === 'itself') return { method: 'copy-image', reason: 'the bytes are in the cloud already' };
  if (origin.type === 'image')
    return {
      method: 'glance-download',
      reason: `${origin.region} holds the image, and Glance copies it itself`,
    };
  if (origin.type === 'url' && !checksum && !compression && methods.includes('web-download'))
    return {
      method: 'web-download',
      reason: 'the cloud fetches the address itself, and nothing is to be verified',
    };
  const why =
    origin.type === 'file'
      ? 'the file is on this machine'
      : compression
        ? `the bytes are decompressed on this machine on the way`
        : checksum
          ? "the bytes are verified on this machine on the way, since Glance verifies no publisher's checksum"
          : 'this cloud offers no web-download';
  return stores.length > 1
    ? { method: 'glance-direct', reason: `${why}, and an upload reaches one store only` }
    : { method: 'upload', reason: why };
}

function findStores(
  { stores: wanted }: ImageSource,
  { stores }: ImportOffers,
): readonly string[] | { readonly impossible: string } {
  if (wanted === undefined) return [];
  const ids = stores.map(({ id }) => id);
  if (ids.length === 0) return { impossible: "This cloud names no stores. Remove 'stores'." };
  if (wanted === 'all') return ids;
  const unknown = wanted.find((one) => !ids.includes(one));
  return unknown === undefined
    ? [...new Set(wanted)]
    : { impossible: `This cloud has no store '${unknown}'. It has ${ids.join(', ')}.` };
}
