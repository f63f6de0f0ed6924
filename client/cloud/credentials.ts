import { t } from '@vscode/l10n';
import type { Credentials } from '../../server/cloud/session/authentication.ts';
import type { SignIn } from './cloudSource.ts';

/** The same cloud and project for another user. */
export function withUser(credentials: Credentials, { userName, password }: SignIn): Credentials {
  const { authUrl } = credentials;
  if ('applicationCredential' in credentials) return { authUrl, userName, password };
  const { project, projectId, projectDomain } = credentials;
  const userDomain = 'userDomain' in credentials ? credentials.userDomain : undefined;
  return {
    authUrl,
    userName,
    password,
    ...(userDomain ? { userDomain } : {}),
    ...(project === undefined ? {} : { project }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(projectDomain ? { projectDomain } : {}),
  };
}

/** The same user in another project. Throws where the credentials are for one project alone. */
export function inProject(credentials: Credentials, projectId: string): Credentials {
  if ('applicationCredential' in credentials)
    throw new Error(t('An application credential is for one project. Connect with a password to switch it.'));
  const { project: _, projectDomain: __, ...rest } = credentials;
  return { ...rest, projectId };
}
