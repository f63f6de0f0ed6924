import type { Cloud } from '../cloud/cloud.ts';
import { findServerFacts, gatherFlavorFacts } from '../cloud/run/servers/facts.ts';
import type { Image } from '../cloud/services/images.ts';
import { readVocabulary } from '../cloud/services/vocabulary.ts';
import { CloudError, unlessMissing } from '../cloud/session/errors.ts';
import type { LiveCloud } from '../lint/judge.ts';
import { main as lint } from '../lint/main.ts';
import { profiles } from '../rules/profile/table.ts';
import { uuid } from '../rules/service/attributes.ts';
import { connectBy, withEmulatorValue } from './connection.ts';

/** `cloud-images lint …`, with the cloud that it may be asked of. */
export function main(args: readonly string[]): Promise<void> {
  return lint(withEmulatorValue(args), async (asked) => {
    const { cloud, caller, published } = await connectBy(asked);
    const live = askCloud(cloud, { ...published, caller });
    if (!profiles[published.profile].offers.metadefs) return live;
    const name = `${asked.cloud ?? 'emulator'}, ${cloud.region}`;
    return { ...live, vocabulary: await readVocabulary(cloud, name, new Date()) };
  });
}

/** Asks a cloud for what the rules need to know; what was asked before is answered again. */
function askCloud(cloud: Cloud, published: LiveCloud['published']): LiveCloud {
  const answers = new Map<string, Promise<unknown>>();
  const once =
    <Asked extends readonly unknown[], Answer>(what: string, ask: (...asked: Asked) => Promise<Answer>) =>
    (...asked: Asked): Promise<Answer> => {
      const key = JSON.stringify([what, ...asked]);
      const known = answers.get(key) as Promise<Answer> | undefined;
      const answer = known ?? ask(...asked);
      answers.set(key, answer);
      return answer;
    };
  const findImage = once('image', async ({ id, name }: { id?: string; name?: string }) => {
    if (id !== undefined) return uuid.test(id) ? ((await unlessMissing(cloud.images.get(id))) ?? null) : null;
    if (name === undefined) return undefined;
    const found: Image[] = [];
    const owner = cloud.session.account.id;
    for await (const page of cloud.images.list({ name, owner })) found.push(...page);
    const [only = null, another] = found;
    return another ? { sameName: found.map((image) => String(image.get('id'))) } : only;
  });
  const listObjects = once('container', async (name: string, prefix: string) => {
    try {
      const listed = await unlessMissing(cloud.objects.list(name, prefix));
      return listed ? { objects: listed.map((object) => object.name) } : ('missing' as const);
    } catch (error) {
      if (error instanceof CloudError && error.status === 403) return undefined;
      throw error;
    }
  });
  return {
    published,
    liveImage: (_, image) => findImage(image),
    liveServer: once('server', (server: { id?: string; name?: string }) => findServerFacts(server, cloud)),
    flavor: once('flavor', (reference: string) => gatherFlavorFacts(reference, cloud)),
    container: (_, name, prefix) => listObjects(name, prefix),
  };
}
