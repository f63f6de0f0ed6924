import { randomUUID } from 'node:crypto';
import { t } from '@vscode/l10n';
import type { SavedCloud } from '../../cloud/clouds.ts';
import { type Answers, type Field, fillForm } from '../../ui/form.ts';
import type { Ui } from '../../ui/ui.ts';

type Key =
  | 'name'
  | 'auth_url'
  | 'method'
  | 'username'
  | 'user_domain_name'
  | 'project_name'
  | 'application_credential_id'
  | 'secret';

/** A described cloud, and the secret that is kept apart. */
export interface DescribedCloud {
  readonly cloud: SavedCloud;
  readonly key: string;
  readonly secret: string;
}

/** The parts of the form that go into the entry, as clouds.yaml names them. */
const authKeys = [
  'auth_url',
  'username',
  'user_domain_name',
  'project_name',
  'application_credential_id',
] as const;

/** Asks for a cloud, or for the changes of one. Returns nothing where the person leaves. */
export async function describeCloud(
  ui: Pick<Ui, 'step'>,
  taken: readonly SavedCloud[],
  before?: SavedCloud,
): Promise<DescribedCloud | undefined> {
  const title = before ? t`Edit the cloud “${before.name}”` : t('Another cloud');
  const others = taken.filter(({ id }) => id !== before?.id).map(({ name }) => name);
  const answers = await fillForm(ui, title, listFields(others), readAnswers(before));
  if (!answers) return undefined;
  const { name = '', method = 'password', secret = '' } = answers;
  const isCredential = method === 'application credential';
  const wanted = authKeys.filter((key) =>
    isCredential
      ? key === 'auth_url' || key === 'application_credential_id'
      : key !== 'application_credential_id',
  );
  const auth = Object.fromEntries(
    wanted.flatMap((key) => {
      const text = answers[key]?.trim();
      if (!text) return [];
      return key === 'user_domain_name'
        ? [
            ['user_domain_name', text],
            ['project_domain_name', text],
          ]
        : [[key, text]];
    }),
  );
  return {
    cloud: { id: before?.id ?? randomUUID(), name: name.trim(), entry: { auth } },
    key: isCredential ? 'application_credential_secret' : method === 'API key' ? 'api_key' : 'password',
    secret,
  };
}

function readAnswers(before: SavedCloud | undefined): Answers<Key> {
  if (!before) return {};
  const texts = authKeys.flatMap((key) => {
    const value = before.entry.auth[key];
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  const isCredential = 'application_credential_id' in before.entry.auth;
  return {
    ...Object.fromEntries(texts),
    name: before.name,
    ...(isCredential ? { method: 'application credential' } : {}),
  };
}

function listFields(taken: readonly string[]): Field<Key>[] {
  const isUser = ({ method }: Answers<Key>): boolean => method !== 'application credential';
  const isV3 = (answers: Answers<Key>): boolean => isUser(answers) && !isRackspace(answers);
  return [
    {
      key: 'auth_url',
      title: t("Address of the cloud's Keystone, as in OS_AUTH_URL"),
      placeHolder: 'https://cloud.example.com:5000/v3',
      validate: objectToAddress,
    },
    {
      key: 'name',
      title: t('Name of the cloud, for you'),
      value: ({ auth_url: address = '' }) => (URL.canParse(address) ? new URL(address).hostname : undefined),
      validate: (text) =>
        text.trim() === ''
          ? t('Enter a name.')
          : taken.includes(text.trim())
            ? t`Another cloud is already named “${text.trim()}”.`
            : undefined,
    },
    {
      key: 'method',
      title: t('How do you sign in?'),
      choices: [
        { label: t('Password'), description: t('user name and password'), value: 'password' },
        {
          label: t('Application credential'),
          description: t('its ID and secret: for one project, and can be withdrawn'),
          value: 'application credential',
        },
        { label: t('API key'), description: t('of Rackspace'), value: 'API key' },
      ],
    },
    { key: 'username', title: t('User name'), when: isUser, validate: required(t('the user name')) },
    {
      key: 'user_domain_name',
      title: t('Domain of the user and the project'),
      value: () => 'Default',
      when: isV3,
      validate: required(t('the name of the domain; most clouds have only Default')),
    },
    {
      key: 'project_name',
      title: t('Project, or nothing for the first that is open to you'),
      when: isV3,
    },
    {
      key: 'application_credential_id',
      title: t('ID of the application credential'),
      when: (answers) => !isUser(answers),
      validate: required(t('the ID, as the dashboard shows it')),
    },
    {
      key: 'secret',
      title: t('Password, secret or key. It is kept in the secret storage of the editor alone'),
      password: true,
      validate: required(t('the secret')),
    },
  ];
}

function isRackspace({ auth_url: address = '' }: Answers<Key>): boolean {
  return URL.canParse(address) && /\.rackspacecloud\.com$/.test(new URL(address).hostname);
}

function objectToAddress(text: string): string | { readonly note: string } | undefined {
  const address = text.trim();
  if (!/^https?:\/\/./.test(address) || !URL.canParse(address))
    return t('Enter an address that begins with https:// or http://.');
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '')
    return t('Leave user and password out of the address: they are asked for.');
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === 'http:' && !isHere
    ? { note: t('Without https, anybody on the way can read your password.') }
    : undefined;
}

function required(what: string): (text: string) => string | undefined {
  return (text) => (text.trim() === '' ? t`Enter ${what}.` : undefined);
}
