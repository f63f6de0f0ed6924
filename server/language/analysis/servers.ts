import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import type { Facts } from '../../rules/facts.ts';
import { asText, type Json } from '../../rules/json.ts';
import { refusalsOf } from '../../rules/refusals.ts';
import { serverOf } from '../../rules/service/imageReferences.ts';
import { type ImageOrigin, serverImage } from '../../rules/service/serverImage.ts';
import { addAmounts, noServers, takeOfQuota } from '../../rules/service/serverQuota.ts';
import type { Settings } from '../../workspace/settings.ts';
import type { Host, ServerFacts } from './analysis.ts';

/** Follows the servers of a file from document to document. */
interface ServerTracker {
  /** Adds what the servers before take of the quota; in the order of the documents. */
  build(data: Json, facts: Facts): Facts;
  /** The server that is imaged, and the image. */
  image(document: ManifestDocument): Promise<
    ServerFacts & {
      readonly image: ReadonlyMap<string, Json>;
      /** What it inherits is known. */
      readonly isKnown: boolean;
    }
  >;
}

export function trackServers(
  { documents }: ManifestFile,
  uri: string,
  { profile, caller }: Settings,
  host: Host,
): ServerTracker {
  let taken = noServers;
  let last: { readonly name: Json | undefined; readonly origin: ImageOrigin } | undefined;

  /** The server of an earlier document is meant where no other is named. */
  const findOrigin = async (
    data: Json,
    live: Promise<ServerFacts> | undefined,
  ): Promise<{ readonly server?: ServerFacts; readonly origin: ImageOrigin }> => {
    const { id, name } = serverOf(data);
    if (id === undefined && last && (name === undefined || name === last.name)) return last;
    const server = (await live) ?? {};
    const image = server.server?.['image'];
    const base = typeof image === 'string' ? await host.liveImage?.(uri, { id: image }) : undefined;
    const known = base && !('sameName' in base) ? base : undefined;
    return { server, origin: { base: known, flavor: server.flavors?.[0] } };
  };

  // Asked for at once; answers are awaited document by document.
  const asked = documents.map(({ kind, data }) =>
    kind === 'server-image' ? findLiveServer(data, host) : undefined,
  );
  return {
    build(data, facts) {
      const quota = facts.quota && { ...facts.quota, used: addAmounts(facts.quota.used, taken) };
      const whole = quota && taken !== noServers ? { ...facts, quota } : facts;
      const [flavor] = facts.flavors ?? [];
      const takes = quota && flavor && takeOfQuota(serverOf(data), flavor, quota);
      if (takes && !('status' in takes) && refusalsOf('server', data, whole).length === 0)
        taken = addAmounts(taken, takes);
      last = { name: serverOf(data)['name'], origin: { base: facts.image ?? undefined, flavor } };
      return whole;
    },
    async image({ data, index }) {
      const { server = {}, origin } = await findOrigin(data, asked[index]);
      const image = serverImage(data, origin, profile, caller);
      return { ...server, image, isKnown: origin.base !== undefined };
    },
  };
}

/** The server that a manifest names. */
async function findLiveServer(data: Json, host: Host): Promise<ServerFacts> {
  const { id, name } = serverOf(data);
  if (id !== undefined) return (await host.liveServer?.({ id: asText(id) })) ?? {};
  return typeof name === 'string' && name !== '' ? ((await host.liveServer?.({ name })) ?? {}) : {};
}
