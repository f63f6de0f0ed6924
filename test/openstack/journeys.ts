/** A real VS Code, connected to a real cloud. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser } from '../workbench/browser.ts';
import { runJourney } from '../workbench/journey.ts';
import { makeProjectJourney } from '../workbench/journeys/project.ts';
import type { Administrator } from './services/administrator.ts';
import { password, region } from './services/place.ts';
import { makeSidebarJourney } from './sidebarJourney.ts';

/** Runs the journeys, whose pictures are in test/.out/screenshots; answers how many steps failed. */
export async function runJourneys(administrator: Administrator): Promise<number> {
  const began = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'cloud-images-journeys-'));
  await mkdir(join(import.meta.dirname, '..', '.out', 'screenshots'), { recursive: true });
  const browser = await launchBrowser();
  try {
    const real = {
      authUrl: administrator.addresses.identity,
      userName: 'owner',
      password,
      project: '100001',
      region,
    };
    const results = [
      ...(await runJourney(makeSidebarJourney(administrator), browser, folder)),
      ...(await runJourney(makeProjectJourney(real), browser, folder)),
    ];
    const failures = results.filter(({ error }) => error !== undefined);
    for (const { name, error } of results)
      console.log(error === undefined ? `ok      ${name}` : `FAILED  ${name}\n${error}`);
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    console.log(
      `\njourneys: ${results.length - failures.length} steps passed, ${failures.length} failed; ${seconds} s`,
    );
    return failures.length;
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
