import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import type { KnownUser, SignIn } from './cloudSource.ts';

/** The user, project and region that a workspace has chosen in a cloud. */
export interface UserChoice {
  region(): string | undefined;
  rememberRegion(region: string): void;
  /** Undefined: the one of the cloud's entry. Throws where the password is no longer stored. */
  user(): Promise<SignIn | undefined>;
  rememberUser(user: SignIn): Promise<void>;
  /** The project's id; undefined: the one of the entry, or the user's own. */
  project(): string | undefined;
  rememberProject(id: string | undefined): Promise<void>;
}

export type ChoiceStorage = Pick<vscode.ExtensionContext, 'workspaceState' | 'secrets'>;

/**
 * Keeps the choice in the workspace, and passwords in the editor's secret storage alone. The first known user is the default.
 * `place` tells one cloud's from another's; the emulator's has none.
 */
export function keepChoice(
  { workspaceState, secrets }: ChoiceStorage,
  known: readonly KnownUser[],
  defaultRegion: () => string | undefined,
  place = '',
): UserChoice {
  const at = (name: string): string => (place === '' ? name : `${place}/${name}`);
  const key = (userName: string): string => `${place || 'emulator'}.password.${userName}`;
  const passwordOf = (userName: string): string | undefined =>
    known.find((user) => user.userName === userName)?.password;
  return {
    region: () => workspaceState.get<string>(at('region')) ?? defaultRegion(),
    rememberRegion: (region) => void workspaceState.update(at('region'), region),
    user: async () => {
      const userName = workspaceState.get<string>(at('user')) ?? known[0]?.userName;
      if (userName === undefined) return undefined;
      const password = (await secrets.get(key(userName))) ?? passwordOf(userName);
      if (password === undefined)
        throw new Error(t`The password of ${userName} is no longer stored. Switch to the user again.`);
      return { userName, password };
    },
    rememberUser: async ({ userName, password }) => {
      if (password === passwordOf(userName)) await secrets.delete(key(userName));
      else await secrets.store(key(userName), password);
      await workspaceState.update(at('user'), userName);
    },
    project: () => workspaceState.get<string>(at('project')),
    rememberProject: async (id) => workspaceState.update(at('project'), id),
  };
}
