import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { listContainers } from '../../../server/cloud/services/browse.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { formatCount, formatSize } from '../../ui/units.ts';

/** Asks for one of the region's containers, or, with `fresh`, for the name of a new one. */
export async function chooseContainer(
  { ui }: Context,
  cloud: Cloud,
  title: string,
  {
    objection = () => undefined,
    fresh = true,
  }: { objection?: (name: string) => string | undefined; fresh?: boolean } = {},
): Promise<string> {
  const { entries } = await listContainers(cloud, 1000);
  const known = entries.map(({ name, count, bytes }) => ({
    label: name,
    description: objection(name) ?? `${formatCount(count, 'object')}, ${formatSize(bytes)}`,
    container: name as string | undefined,
  }));
  const other = { label: t('$(add) New container…'), description: '', container: undefined };
  const picked = await ui.pick(fresh ? [...known, other] : known, title);
  if (!picked) throw new Cancelled();
  if (picked.container !== undefined) return picked.container;
  return askContainerName({ ui }, objection);
}

/** Asks for the name of a new container. Throws Cancelled. */
export async function askContainerName(
  { ui }: Pick<Context, 'ui'>,
  objection: (name: string) => string | undefined = () => undefined,
): Promise<string> {
  const check = (text: string): string | undefined => checkContainerName(text) ?? objection(text);
  const name = await ui.ask(t('Name of the new container'), check);
  if (name === undefined) throw new Cancelled();
  return name;
}

/** Returns why Cloud Files has no container of that name (SOURCES: rackspace §6). */
function checkContainerName(name: string): string | undefined {
  if (name === '') return t('Enter a name.');
  if (name.includes('/')) return t("Remove the slash: a container's name has none.");
  if (name === '.' || name === '..') return t('Choose another name: . and .. cannot stand in a URL.');
  const bytes = encodeURIComponent(name.toWellFormed()).length;
  return bytes > 256 ? t`Shorten the name: it has ${bytes} bytes in a URL, and 256 are allowed.` : undefined;
}
