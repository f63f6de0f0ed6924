import type * as vscode from 'vscode';

/** Who signs in at the emulator. */
export interface SignIn {
  readonly userName: string;
  readonly password: string;
}

/** The emulator's demo users; their password is no secret. */
export const demoUsers = [
  { name: 'owner', about: 'owns account 100001' },
  { name: 'partner', about: 'owns account 100002' },
  { name: 'admin', about: 'administers account 100001' },
  { name: 'observer', about: 'looks at account 100001' },
  { name: 'images-admin', about: 'administers the images of account 100001' },
  { name: 'creator', about: 'shares and tags images of account 100001' },
  { name: 'images-observer', about: 'looks at images of account 100001, and tags them' },
] as const;

export function isDemoUser(name: string): boolean {
  return demoUsers.some((user) => user.name === name);
}

export const demoPassword = 'emulator';

/** Which user and region a workspace has chosen. Passwords are kept by the editor's secret storage, and nowhere else. */
export interface Choice {
  region(): string;
  rememberRegion(region: string): void;
  /** Throws where the password is kept no longer. */
  user(): Promise<SignIn>;
  rememberUser(user: SignIn): Promise<void>;
}

export function choiceOf(
  { workspaceState, secrets }: Pick<vscode.ExtensionContext, 'workspaceState' | 'secrets'>,
  defaultRegion: () => string,
): Choice {
  const key = (userName: string): string => `emulator.password.${userName}`;
  return {
    region: () => workspaceState.get('region', defaultRegion()),
    rememberRegion: (region) => void workspaceState.update('region', region),
    user: async () => {
      const userName = workspaceState.get<string>('user', demoUsers[0].name);
      const password =
        (await secrets.get(key(userName))) ?? (isDemoUser(userName) ? demoPassword : undefined);
      if (password === undefined) throw new Error(`The password of ${userName} is not kept any longer.`);
      return { userName, password };
    },
    rememberUser: async ({ userName, password }) => {
      const demo = isDemoUser(userName) && password === demoPassword;
      if (demo) await secrets.delete(key(userName));
      else await secrets.store(key(userName), password);
      await workspaceState.update('user', userName);
    },
  };
}
