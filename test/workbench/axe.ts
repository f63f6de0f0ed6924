import axe from 'axe-core';
import type { Frame } from 'playwright-core';

/**
 * Has axe-core look at a page, by all of its rules. Answers what it finds, a text each; nothing is left out. It is put in by
 * the browser's debugger, which no policy of the page keeps out.
 */
export async function findBarriers(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(async () => {
    const page = globalThis as unknown as { axe: typeof axe; document: Parameters<typeof axe.run>[0] };
    return page.axe.run(page.document ?? {}, { resultTypes: ['violations'] });
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
}
