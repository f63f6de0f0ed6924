import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import { MissingSecret } from '../../../server/cloud/session/cloudsYaml.ts';
import type { CloudId, SavedCloud } from '../../cloud/clouds.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { describeCloud } from './savedCloud.ts';

/** Shows a cloud: the one with the id, or one that the person picks. */
export async function connectToCloud(context: Context, id?: unknown): Promise<void> {
  const chosen = typeof id === 'string' ? id : await chooseCloud(context);
  context.clouds.show(chosen);
  await signIn(context);
}

/** Signs in at the cloud that is shown, and asks for a secret that is missing or was refused. */
export async function signIn(context: Context): Promise<void> {
  const { source, clouds } = context;
  const { state } = source;
  const asked = await clouds.findAskedKey(clouds.shown);
  // A password of clouds.yaml is changed in that file.
  if (state.kind === 'failed' && state.trouble === 'refused' && asked) await askSecret(context, asked);
  for (;;) {
    try {
      await source.connect();
      return;
    } catch (error) {
      if (!(error instanceof MissingSecret)) throw error;
      await askSecret(context, error.key);
      clouds.show(clouds.shown);
    }
  }
}

export async function editCloud(context: Context): Promise<void> {
  const before = await chooseSaved(context, t('Edit which cloud?'));
  const described = await describeCloud(context.ui, context.clouds.saved, before);
  if (!described) throw new Cancelled();
  const id = await context.clouds.save(described.cloud, described.key, described.secret);
  if (id === context.clouds.shown) await connectToCloud(context, id);
}

export async function forgetCloud(context: Context): Promise<void> {
  const { id, name } = await chooseSaved(context, t('Forget which cloud?'));
  const detail = t('Its address, its user and its secret are deleted here. Nothing changes in the cloud.');
  if (!(await context.ui.confirm(t`Forget the cloud “${name}”?`, detail, t('Forget')))) throw new Cancelled();
  await context.clouds.forget(id);
}

async function chooseCloud({ clouds, ui }: Context): Promise<CloudId> {
  const { clouds: known, problems } = clouds.list();
  const rows = known.map(({ id, label, about }) => ({
    label: `$(${id === 'emulator' ? 'beaker' : 'cloud'}) ${label}`,
    description: id === clouds.shown ? t`${about} · shown now` : about,
    id,
  }));
  const another = {
    label: t('$(add) Another cloud…'),
    description: problems.join(' ') || t('by its address'),
    id: undefined,
  };
  const picked = await ui.pick<vscode.QuickPickItem & { id: CloudId | undefined }>(
    [...rows, another],
    t('Connect to which cloud?'),
  );
  if (!picked) throw new Cancelled();
  if (picked.id !== undefined) return picked.id;
  const described = await describeCloud(ui, clouds.saved);
  if (!described) throw new Cancelled();
  return clouds.save(described.cloud, described.key, described.secret);
}

async function chooseSaved({ clouds, ui }: Context, title: string): Promise<SavedCloud> {
  if (clouds.saved.length === 0)
    throw new Error(t('No cloud is saved here. Those of clouds.yaml are changed in that file.'));
  const rows = clouds.saved.map((cloud) => ({
    label: cloud.name,
    description: String(cloud.entry.auth['auth_url'] ?? ''),
    cloud,
  }));
  const picked = await ui.pick(rows, title);
  if (!picked) throw new Cancelled();
  return picked.cloud;
}

async function askSecret({ ui, source, clouds }: Context, key: string): Promise<void> {
  const what = key === 'password' ? t('Password') : key === 'api_key' ? t('API key') : t('Secret');
  const secret = await ui.ask(
    t`${what} for ${source.label}`,
    (text) => (text === '' ? t('It is kept in the secret storage of the editor alone.') : undefined),
    { password: true },
  );
  if (secret === undefined) throw new Cancelled();
  await clouds.keepSecret(clouds.shown, key, secret);
}
