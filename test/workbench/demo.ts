import { join } from 'node:path';
import { makeDemoWorkspace } from '../../client/firstSteps/demoWorkspace.ts';

/** Makes the demo workspace in `folder`, as *Open the Demo Workspace* does. */
export async function makeDemo(folder: string): Promise<string> {
  await makeDemoWorkspace(join(import.meta.dirname, '..', '..', 'media', 'demo'), folder);
  return folder;
}
