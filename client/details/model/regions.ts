import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { equalTo, type Image } from '../../../server/cloud/services/images.ts';
import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Section } from '../protocol.ts';
import { type Fetched, stateOf } from './fetched.ts';

/** An image of another region that has the same name or the same checksum, or why that region was not read. */
export interface RegionImage {
  readonly region: string;
  readonly image?: Image;
  readonly failure?: string;
}

/** Looks for an image of the same name or checksum in every other region. One that fails is told of, and does not end the rest. */
export async function findInRegions(
  cloud: Cloud,
  image: Image,
  describeError: (error: unknown) => string,
): Promise<RegionImage[]> {
  const others = cloud.session.regions.filter(
    (region) => region.toLowerCase() !== cloud.region.toLowerCase(),
  );
  const found = await Promise.all(
    others.map(async (region): Promise<RegionImage[]> => {
      try {
        const images = await findAlike(cloud.inRegion(region), image);
        return images.map((one) => ({ region, image: one }));
      } catch (error) {
        return [{ region, failure: describeError(error) }];
      }
    }),
  );
  return found.flat();
}

async function findAlike({ images }: Cloud, image: Image): Promise<Image[]> {
  const found = new Map<string, Image>();
  for (const attribute of ['name', 'checksum']) {
    const value = image.get(attribute);
    if (typeof value !== 'string' || value === '') continue;
    for await (const page of images.list({ [attribute]: equalTo(value), limit: '25' })) {
      for (const one of page) found.set(readId(one), one);
      break; // more of one name tell nothing more
    }
  }
  return [...found.values()];
}

export function describeRegions(
  image: Image,
  found: Fetched<readonly RegionImage[]>,
  others: number,
): Section {
  const base = { id: 'regions', title: t('Other Regions') };
  if (others === 0)
    return {
      ...{ ...base, state: { kind: 'ready' } },
      parts: [{ kind: 'words', text: t('This cloud has only this region.') }],
    };
  const rows = found.kind === 'ready' ? found.value.map((one) => describeFound(image, one)) : [];
  return {
    ...base,
    about: t(
      'An image is of one region. A transferred one keeps its name and gets another ID, and by export and import another checksum.',
    ),
    state: stateOf(found, t('Look in the Other Regions')),
    ...(found.kind === 'ready' ? { again: t('Look Again') } : {}),
    parts:
      found.kind !== 'ready'
        ? []
        : rows.length === 0
          ? [{ kind: 'words', text: t('No other region has an image of its name or its checksum.') }]
          : [
              {
                ...{ kind: 'table', caption: t('Images alike in other regions'), rows },
                head: [t('Region'), t('Image'), t('What is the same')],
              },
            ],
  };
}

function describeFound(image: Image, { region, image: found, failure }: RegionImage): string[] {
  if (!found) return [region, t('not read'), failure ?? ''];
  const isSame = (name: string): boolean => image.get(name) === found.get(name);
  const checksum = typeof found.get('checksum') === 'string' && isSame('checksum');
  const same = [
    ...(isSame('name') ? [t('name')] : []),
    ...(checksum ? [t('checksum: the same stored data')] : []),
  ];
  return [region, `${readName(found)} (${readId(found)})`, same.join(t(' and '))];
}
