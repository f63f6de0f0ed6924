import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { t } from '@vscode/l10n';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';

const name = 'cloud-images-demo';

/** Makes the demo workspace where the person chooses, and opens it. One that is there already is opened as it is. */
export async function openDemo({ ui, rulesPage }: Pick<Context, 'ui' | 'rulesPage'>): Promise<void> {
  const parent = await ui.chooseFolder(
    t`Choose the folder in which ${name} is made`,
    t('Make and Open the Demo'),
    homedir(),
  );
  if (parent === undefined) throw new Cancelled();
  const folder = join(parent, name);
  if (!existsSync(folder)) {
    const { makeDemoWorkspace } = await import('../../firstSteps/demoWorkspace.ts');
    const texts = join(dirname(rulesPage), '..', '..', 'media', 'demo');
    await mkdir(folder); // what is removed below is ours
    try {
      await makeDemoWorkspace(texts, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true }); // half of it would be opened as it is the next time
      throw error;
    }
  }
  await ui.openWorkspace(folder);
}
