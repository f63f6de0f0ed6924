import { demoPassword, demoUsers, type SignIn } from '../../cloud/users.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describe } from '../../ui/errors.ts';

export async function chooseRegion({ connections, ui }: Context): Promise<void> {
  const cloud = await connections.require();
  const regions = cloud.session.regions.map((label) => ({
    label,
    description: label === cloud.region ? 'shown now' : '',
  }));
  const region = await ui.pick(regions, 'Region whose images and tasks are shown');
  if (region) connections.chooseRegion(region.label);
}

/** One of the demo's users, or another by name and password. */
export async function switchUser({ connections, ui }: Context): Promise<void> {
  const { session } = connections.cloud ?? {};
  const known = demoUsers.map(({ name, about }) => ({
    label: name,
    description: name === session?.user.name ? `${about} · signed in now` : about,
    userName: name as string | undefined,
  }));
  const other = { label: 'Another user…', description: 'by name and password', userName: undefined };
  const picked = await ui.pick([...known, other], 'Whose images shall be shown?');
  if (!picked) throw new Cancelled();
  const { userName } = picked;
  const user = userName === undefined ? await asked(ui) : { userName, password: demoPassword };
  try {
    await connections.switchUser(user);
  } catch (error) {
    throw new Error(`${user.userName} could not sign in: ${describe(error)}`, { cause: error });
  }
}

async function asked(ui: Context['ui']): Promise<SignIn> {
  const given = (text: string): string | undefined => (text === '' ? 'It cannot be empty.' : undefined);
  const userName = await ui.ask('Name of the user', given);
  if (userName === undefined) throw new Cancelled();
  const password = await ui.ask(`Password of ${userName}`, given, { password: true });
  if (password === undefined) throw new Cancelled();
  return { userName, password };
}
