import { t } from '@vscode/l10n';
import { type Verdict, verifyImageData, verifyObject } from '../../../server/cloud/run/verify.ts';
import { readStored } from '../../../server/cloud/stored/storedObject.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { locateObjects, type ObjectPlace } from '../../details/model/stored.ts';
import { imageData, markContent, markSegments } from '../../details/verdicts.ts';
import { unlessCancelled } from '../../ui/errors.ts';
import { type Progress, reportBytes } from '../../ui/ui.ts';
import { locateObject, selectRows } from '../files/selection.ts';
import { report } from '../report.ts';
import { selectImages } from './selection.ts';

/** Verifies an image: its data where the cloud gives it, else what it has been exported to. */
export async function verifyImage(context: Context, node: unknown): Promise<void> {
  const [seen] = await selectImages(context, [node], { title: t('Verify which image?'), verb: 'verify' });
  if (!seen) return;
  const { cloud, profile } = await context.source.connect();
  const { image } = seen;
  const name = readName(image);
  const where = { cloud: context.source.key, region: cloud.region, id: readId(image) };
  if (profile.offers.download) {
    const look = (progress: Progress, signal: AbortSignal): Promise<Verdict> =>
      verifyImageData(cloud, image, { signal, ...reportBytes(progress, t('read')) });
    const verdict = await read(context, name, look);
    await context.verdicts.keep(where, verdict, imageData, markContent(image));
    return tell(context, `“${name}”`, verdict, t('Make the image anew'));
  }
  const place = await findExport(context, readId(image));
  if (!place)
    throw new Error(
      t`This cloud gives nobody the data of “${name}”. Export it first: what it is exported to can be verified.`,
    );
  const { objects } = cloud;
  await verifyStored(context, place.container, place.name, async () => {
    const content = markSegments(await readStored(objects, place));
    return (verdict) => context.verdicts.keep(where, verdict, `${place.container}/${place.name}`, content);
  });
}

/** Verifies an object of Cloud Files, and a segment by the object that it is of. */
export async function verifyFile(context: Context, node: unknown): Promise<void> {
  const [row] = selectRows(node);
  const { container, path } = locateObject(row?.kind === 'segment' || row?.kind === 'gap' ? row.of : row);
  await verifyStored(context, container, path);
}

/**
 * Looks at sizes, numbers and footers, and offers to read every byte. `note` is called before each look, so that content that
 * takes the place of what is read does not count as verified; what it returns is given the verdict.
 */
async function verifyStored(
  context: Context,
  container: string,
  name: string,
  note: () => Promise<(verdict: Verdict) => Promise<void>> = async () => async () => undefined,
): Promise<void> {
  const { objects } = (await context.source.connect()).cloud;
  const place = `${container}/${name}`;
  const remedy = t('Export the image anew, or upload what is missing');
  const verify = async (content: boolean): Promise<Verdict> => {
    const keep = await note();
    const verdict = await read(context, place, (progress, signal) =>
      verifyObject(objects, container, name, {
        ...{ signal, content },
        ...(content ? reportBytes(progress, t('read')) : {}),
      }),
    );
    await keep(verdict);
    return verdict;
  };
  const quick = await verify(false);
  await tell(context, place, quick, remedy, async () => tell(context, place, await verify(true), remedy));
}

function read(
  { ui }: Context,
  what: string,
  look: (progress: Progress, signal: AbortSignal) => Promise<Verdict>,
): Promise<Verdict> {
  return ui.progress(t`Verification of ${what}`, (progress, signal) =>
    unlessCancelled(signal, look(progress, signal), async () =>
      t('Verification cancelled. Nothing has changed.'),
    ),
  );
}

/** Says what has been found. Throws where something does not fit. */
async function tell(
  context: Context,
  what: string,
  { sound, problems }: Verdict,
  remedy: string,
  again?: () => Promise<void>,
): Promise<void> {
  if (problems.length > 0) {
    const shown =
      problems.length > 3 ? [...problems.slice(0, 3), t`And ${problems.length - 3} more.`] : problems;
    if (shown !== problems) context.log.info([`${what}:`, ...problems].join('\n  '));
    throw new Error(t`${what} is damaged. ${shown.join(' ')} ${remedy}.`);
  }
  const words = t`${what} is sound: ${sound.join(', ')}.`;
  const readAll = t('Read Every Byte');
  void context.ui.inform(words, ...(again ? [readAll] : [])).then(async (action) => {
    if (action !== readAll) return;
    await again?.().catch((error: unknown) => report(context, t`Verification of ${what}`, error));
  });
}

/** Where the newest good export of an image is. */
async function findExport({ tasks }: Context, id: string): Promise<ObjectPlace | undefined> {
  const snapshot = await tasks.loaded();
  if (snapshot.kind !== 'ready') return undefined;
  return locateObjects(id, snapshot.items.values()).find(({ origin }) => origin === 'export');
}
