import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame } from 'playwright-core';

/** The part of axe-core that is used. It has no types for a page that it is put into. */
interface Axe {
  run(
    where: unknown,
    options: { readonly resultTypes: readonly string[] },
  ): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly help: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }[];
  }>;
}

/**
 * Has axe-core look at a page, by all of its rules. Answers what it finds, a text each; nothing is left out. It is put in by
 * the browser's debugger, which no policy of the page keeps out.
 */
export async function findBarriers(frame: Frame): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await frame.evaluate(source);
  const { violations } = await frame.evaluate(async () => {
    const { axe, document } = globalThis as unknown as { axe: Axe; document: unknown };
    return axe.run(document, { resultTypes: ['violations'] });
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
}
