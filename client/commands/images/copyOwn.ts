import { t } from '@vscode/l10n';
import {
  chooseFlavor,
  copyParts,
  makeCopy,
  noteCopy,
  type OwnCopy,
} from '../../../server/cloud/run/servers/ownCopy.ts';
import { noDisks } from '../../../server/cloud/run/steps.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { carryOut, findRefusal, prepareRun } from '../../manifests/run.ts';
import { Cancelled } from '../../ui/errors.ts';
import { selectImages } from './selection.ts';

/** Copies an image that is shared or public, by way of a server that is deleted again. Answers the copy's id. */
export async function copyOwnImage(context: Context, node: unknown): Promise<string | undefined> {
  const { cloud, ...person } = await context.source.connect();
  const seen = await findSeen(context, node);
  const { image: source } = seen;
  const flavor = chooseFlavor(source, await cloud.servers.flavors(), person);
  if (!flavor) throw new Error(t`No flavor here takes “${readName(source)}”, so it cannot be copied.`);
  const asked = await context.ui.ask(t`Name of the copy of “${readName(source)}”`, (text) =>
    text.trim() === '' ? t('Write a name.') : undefined,
  );
  if (asked === undefined) throw new Cancelled();
  const copy: OwnCopy = { source, name: asked, flavor: flavor.id };
  const run = await prepareRun(context, {
    parts: copyParts(copy, person.profile),
    title: t`Copy of “${readName(source)}”`,
    disks: noDisks,
  });
  const refusal = findRefusal(run);
  if (refusal) throw new Error(t`The cloud would refuse this copy: ${refusal.reason}`);
  if (!(await context.ui.confirm(t`Copy “${readName(source)}”?`, noteCopy(copy).join('\n\n'), t('Copy'))))
    throw new Cancelled();
  const { done } = await carryOut(context, run, { carry: makeCopy });
  return done.findLast(({ step }) => step.type === 'server-image')?.result;
}

/** By its row, by the id that a fix names, or picked. */
async function findSeen(context: Context, node: unknown) {
  const snapshot = typeof node === 'string' ? await context.images.loaded() : undefined;
  const named = snapshot?.kind === 'ready' ? snapshot.items.get(String(node)) : undefined;
  if (named) return named;
  const [seen] = await selectImages(context, [node], { title: t('Copy which image?') });
  if (!seen || readId(seen.image) === '') throw new Cancelled();
  return seen;
}
