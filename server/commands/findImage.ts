import { chooseByName } from '../cloud/run/imagePlan.ts';
import { type Image, listNamed } from '../cloud/services/images.ts';
import { unlessMissing } from '../cloud/session/errors.ts';
import { describeSameName } from '../rules/imageList.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { uuid } from '../rules/service/attributes.ts';
import { CommandError } from '../verbs/errors.ts';
import type { Connected } from './connection.ts';

/** Finds an image by UUID, or one of the caller's by name. Throws where there is none, and with the ids of several. */
export async function findImage(
  name: string,
  { cloud, caller }: Pick<Connected, 'cloud' | 'caller'>,
  profile: Profile,
): Promise<Image> {
  const byId = uuid.test(name) ? await unlessMissing(cloud.images.get(name)) : undefined;
  if (byId) return byId;
  const found = await listNamed(cloud.images, name, caller.account);
  const chosen = chooseByName(name, found, { caller, profile });
  if ('id' in chosen) return cloud.images.get(chosen.id);
  throw new CommandError(
    'image/not-found',
    'none' in chosen ? `There is no image '${name}' of yours in ${cloud.region}.` : chosen.impossible,
  );
}

/** Finds any image that the caller sees, by UUID or name. Throws where there is none, and with the ids of several. */
export async function findVisibleImage(name: string, { cloud }: Pick<Connected, 'cloud'>): Promise<Image> {
  const byId = uuid.test(name) ? await unlessMissing(cloud.images.get(name)) : undefined;
  if (byId) return byId;
  const found = await listNamed(cloud.images, name);
  const [only, another] = found;
  if (!only) throw new CommandError('image/not-found', `You see no image '${name}' in ${cloud.region}.`);
  if (!another) return only;
  throw new CommandError(
    'image/not-found',
    describeSameName(
      name,
      found.map((image) => String(image.get('id'))),
    ),
  );
}
