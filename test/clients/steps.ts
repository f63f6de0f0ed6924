import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

/** Counts the steps of a client's session, and goes on after one that fails, so that all of them are told. */
export class Steps {
  readonly #client: string;
  readonly #profile: string;
  readonly #failures: string[] = [];
  #tried = 0;
  round = 1;

  constructor(client: string, profile: string) {
    this.#client = client;
    this.#profile = profile;
  }

  async step(name: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      this.#tried++;
    } catch (error) {
      this.fail(name, error instanceof Error ? error.message : String(error));
    }
  }

  fail(name: string, reason: string): void {
    this.#tried++;
    this.#failures.push(`round ${this.round}, ${name}: ${reason}`);
  }

  /** Counts what a program printed: `ok NAME`, or `not ok NAME: REASON`. Answers the number of its steps. */
  read(stdout: string): number {
    const lines = Array.from(stdout.matchAll(/^(not )?ok (.*)$/gm));
    for (const [, failed, said = ''] of lines)
      if (failed) this.fail(said, '');
      else this.#tried++;
    return lines.length;
  }

  /** Tells the figures, which `npm run test:clients` gathers, and fails if a step did. */
  report(context: TestContext): void {
    const passed = this.#tried - this.#failures.length;
    context.diagnostic(`steps ${this.#client}, ${this.#profile}: ${passed} of ${this.#tried}`);
    if (this.#failures.length > 0) assert.fail(this.#failures.join('\n'));
  }
}
