import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { SignIn } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describeError } from '../../ui/errors.ts';
import { listActions } from '../../ui/status.ts';

/** Offers the commands that make sense now, for a click on the status bar. */
export async function chooseAction({ source, ui }: Context): Promise<void> {
  const actions = listActions(source).map(({ title, icon, command }) => ({
    label: `$(${icon}) ${title}`,
    command,
  }));
  const action = await ui.pick(actions, 'Cloud Images');
  if (action) await vscode.commands.executeCommand(action.command);
}

export async function chooseRegion({ source, ui }: Context): Promise<void> {
  const { cloud } = await source.connect();
  const regions = cloud.session.regions.map((label) => ({
    label,
    description: label === cloud.region ? t('shown now') : '',
  }));
  const region = await ui.pick(regions, t('Show which region?'));
  if (!region) throw new Cancelled();
  source.chooseRegion(region.label);
}

/** Shows another project of the user, with its images, servers and files. */
export async function switchProject({ source, ui }: Context): Promise<void> {
  const { cloud } = await source.connect();
  const { account, roles } = cloud.session;
  const projects = (await source.listProjects()).map(({ id, name }) => ({
    label: name,
    description: id === account.id ? t`${id} · shown now · your roles: ${roles.join(', ')}` : id,
    id,
  }));
  const project = await ui.pick(projects, t('Show which project?'));
  if (!project) throw new Cancelled();
  try {
    await source.switchProject(project.id);
  } catch (error) {
    throw new Error(t`${project.label} cannot be shown: ${describeError(error)}`, { cause: error });
  }
}

export async function copyAccountNumber({ source }: Context): Promise<void> {
  const { cloud } = await source.connect();
  const { id } = cloud.session.account;
  await vscode.env.clipboard.writeText(id);
  vscode.window.setStatusBarMessage(t`Copied the account number ${id}.`, 5000);
}

/** Signs in as a known user, or as another by name and password. */
export async function switchUser({ source, ui }: Context): Promise<void> {
  const { user: { name: present = undefined } = {}, roles = [] } = source.connection?.cloud.session ?? {};
  const now = t`signed in now · roles: ${roles.join(', ')}`;
  const known = source.users.map(({ about, ...user }) => ({
    label: user.userName,
    description: user.userName === present ? `${about} · ${now}` : about,
    user: user as SignIn | undefined,
  }));
  const other = {
    label: t('Another user…'),
    description: t('by name and password'),
    user: undefined,
  };
  const picked = await ui.pick([...known, other], t('Sign in as which user?'));
  if (!picked) throw new Cancelled();
  const user = picked.user ?? (await askUser(ui));
  try {
    await source.switchUser(user);
  } catch (error) {
    throw new Error(t`${user.userName} could not sign in: ${describeError(error)}`, { cause: error });
  }
}

async function askUser(ui: Context['ui']): Promise<SignIn> {
  const require = (what: string) => (text: string) => (text === '' ? t`Enter a ${what}.` : undefined);
  const userName = await ui.ask(t('User name'), require(t('user name')));
  if (userName === undefined) throw new Cancelled();
  const password = await ui.ask(t`Password of ${userName}`, require(t('password')), { password: true });
  if (password === undefined) throw new Cancelled();
  return { userName, password };
}
