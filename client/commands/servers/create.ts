import { t } from '@vscode/l10n';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { NamedFlavor } from '../../../server/cloud/services/servers.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { serverRefusals } from '../../../server/rules/service/buildServer.ts';
import type { Refusal } from '../../../server/rules/service/changes.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import { forbidsServers } from '../../cloud/serverPermissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled, Refused } from '../../ui/errors.ts';
import { formatSize } from '../../ui/units.ts';
import { isImageRow } from '../images/selection.ts';
import { chooseBootImage } from './chooseImage.ts';
import { runDocument } from './run.ts';

/** Builds a server of an image: that of the row, or one that is picked. Answers its id. */
export async function createServer(context: Context, node: unknown): Promise<string | undefined> {
  const { cloud, ...person } = await context.source.connect();
  const forbidden = forbidsServers(person);
  if (forbidden !== undefined) throw new Error(forbidden);
  const id = isImageRow(node)
    ? readId(node.seen.image)
    : await chooseBootImage(context, t('Build the server of which image?'));
  const image = await cloud.images.get(id);
  const flavor = await chooseFlavor(context, await cloud.servers.flavors(), image, person);
  const server = { imageRef: id, flavorRef: flavor.id };
  const name = await context.ui.ask(
    t`Name of the new server of “${readName(image)}”`,
    (text) => findRefusal({ ...server, name: text }, image, [flavor], person)?.text,
  );
  if (name === undefined) throw new Cancelled();
  const made = await runDocument(context, {
    kind: 'server',
    data: { server: { name, ...server } },
    title: t`Build of “${name}”`,
    question: t`Build “${name}” of “${readName(image)}”?`,
    verb: t('Build'),
  });
  if (made !== undefined) context.servers.touch(made);
  return made;
}

/** Asks for a flavor; of each that the cloud would refuse it says why. Throws Refused where one of those is chosen. */
async function chooseFlavor(
  { ui }: Context,
  flavors: readonly NamedFlavor[],
  image: Image,
  person: Person,
): Promise<NamedFlavor> {
  const choices = flavors.map((flavor) => {
    const server = { name: 'server', imageRef: readId(image), flavorRef: flavor.id };
    const refusal = findRefusal(server, image, flavors, person);
    return {
      label: flavor.name,
      description: describeFlavor(flavor),
      ...(refusal ? { detail: `$(circle-slash) ${refusal.text}` } : {}),
      flavor,
      refusal,
    };
  });
  choices.sort((one, other) => Number(one.refusal !== undefined) - Number(other.refusal !== undefined));
  const picked = await ui.pick(choices, t`Flavor of the new server of “${readName(image)}”`);
  if (!picked) throw new Cancelled();
  const { flavor, refusal } = picked;
  if (refusal)
    throw new Refused(
      t`The cloud would refuse a server “${flavor.name}” of “${readName(image)}”: ${refusal.text} (HTTP ${refusal.status})`,
      refusal.rule,
    );
  return flavor;
}

function findRefusal(
  server: JsonObject,
  image: Image,
  flavors: readonly NamedFlavor[],
  person: Person,
): Refusal | undefined {
  return serverRefusals(server, { ...person, image, flavors })[0];
}

/** `2 GB of memory · 40 GB disk · 2 vCPUs`. */
function describeFlavor({ id, name, ram, disk, vcpus }: NamedFlavor): string {
  return [
    t`${formatSize(ram * 2 ** 20)} of memory`,
    disk === 0 ? t('boots from volumes') : t`${disk} GB disk`,
    `${vcpus} ${vcpus === 1 ? 'vCPU' : 'vCPUs'}`,
    ...(id === name ? [] : [id]),
  ].join(' · ');
}
