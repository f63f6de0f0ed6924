import type * as vscode from 'vscode';
import type { KnownUser, SignIn } from './cloudSource.ts';

/** The user and region that a workspace has chosen. */
export interface UserChoice {
  region(): string;
  rememberRegion(region: string): void;
  /** Throws where the password is no longer stored. */
  user(): Promise<SignIn>;
  rememberUser(user: SignIn): Promise<void>;
}

/** Keeps the choice in the workspace, and passwords in the editor's secret storage alone. The first known user is the default. */
export function keepChoice(
  { workspaceState, secrets }: Pick<vscode.ExtensionContext, 'workspaceState' | 'secrets'>,
  known: readonly KnownUser[],
  defaultRegion: () => string,
): UserChoice {
  const key = (userName: string): string => `emulator.password.${userName}`;
  const passwordOf = (userName: string): string | undefined =>
    known.find((user) => user.userName === userName)?.password;
  return {
    region: () => workspaceState.get('region', defaultRegion()),
    rememberRegion: (region) => void workspaceState.update('region', region),
    user: async () => {
      const userName = workspaceState.get<string>('user', known[0]?.userName ?? '');
      const password = (await secrets.get(key(userName))) ?? passwordOf(userName);
      if (password === undefined)
        throw new Error(`The password of ${userName} is no longer stored. Switch to the user again.`);
      return { userName, password };
    },
    rememberUser: async ({ userName, password }) => {
      if (password === passwordOf(userName)) await secrets.delete(key(userName));
      else await secrets.store(key(userName), password);
      await workspaceState.update('user', userName);
    },
  };
}
