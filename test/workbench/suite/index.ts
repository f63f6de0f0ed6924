import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

/**
 * What VS Code calls in its extension host. Each result goes as one line of JSON to the file that
 * CLOUD_IMAGES_RESULTS names: the one way out of an extension host that is the same everywhere.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: Silent });
  const chosen = process.env['CLOUD_IMAGES_TESTS'];
  if (chosen !== undefined) mocha.fgrep(chosen);
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  const { describeEveryVerb } = await import('./verbs/every.ts');
  await import('./activation.ts');
  await import('./firstSteps.ts');
  await import('./emulator.ts');
  await import('./images.ts');
  await import('./browsing.ts');
  await import('./imageVerbs.ts');
  await import('./sharing.ts');
  await import('./users.ts');
  await import('./documents.ts');
  await import('./autoSave.ts');
  await import('./otherCloud.ts');
  await import('./agents.ts');
  await import('./editing.ts');
  await import('./rehearsals.ts');
  await import('./repair.ts');
  await import('./kinds.ts');
  await import('./files.ts');
  await import('./runs.ts');
  await import('./manifestsView.ts');
  await import('./gone.ts');
  await import('./agreement.ts');
  await import('./verbs/generated.ts');
  await import('./verbs/bulk.ts');
  await import('./verbs/keeping.ts');
  await import('./verbs/resuming.ts');
  await import('./verbs/copying.ts');
  await import('./verbs/requests.ts');
  await import('./verbs/single.ts');
  await import('./verbs/converting.ts');
  await import('./verbs/details.ts');
  await import('./end.ts');
  describeEveryVerb();
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => report({ name: test.fullTitle() }));
    runner.on('fail', (test, error) =>
      report({ name: test.fullTitle(), error: error.stack ?? String(error) }),
    );
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}

/** Results leave by the file; the console of an extension host is nobody's. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {
    return;
  }
}

function report(result: { name: string; error?: string }): void {
  const file = process.env['CLOUD_IMAGES_RESULTS'];
  if (file) appendFileSync(file, `${JSON.stringify(result)}\n`);
}
