import type { Memento } from 'vscode';
import { readVocabulary } from '../../server/cloud/services/vocabulary.ts';
import type { CloudVocabulary } from '../../server/rules/profile/vocabulary.ts';
import type { CloudSource, Connection } from '../cloud/cloudSource.ts';
import { describeError } from '../ui/errors.ts';

interface Needs {
  readonly source: CloudSource;
  readonly state: Pick<Memento, 'get' | 'update'>;
  readonly log: { warn(message: string): void };
}

interface Kept {
  /** Of the cloud and its region. */
  readonly key: string;
  readonly vocabulary: CloudVocabulary;
}

const stateKey = 'vocabulary';
/** Milliseconds for which what a cloud told is not asked again. */
const fresh = 10 * 60_000;

/**
 * What the shown cloud tells of its images, kept in the workspace's own storage so that it is there without the cloud too. It is
 * read after each sign-in, in the background; nothing is lost where that fails.
 */
export class Vocabularies {
  readonly #needs: Needs;
  readonly #listeners = new Set<() => void>();
  readonly #subscription: { dispose(): void };
  #reading: AbortController | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#subscription = needs.source.onDidChangeState(() => void this.#follow());
    void this.#follow();
  }

  /** Of the connected cloud, else of the last one that was. */
  get current(): CloudVocabulary | undefined {
    const kept = this.#needs.state.get<Kept>(stateKey);
    const { connection, key } = this.#needs.source;
    const isCurrent = connection !== undefined && kept?.key === keyOf(key, connection);
    return kept && { ...kept.vocabulary, isCurrent };
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#reading?.abort();
    this.#subscription.dispose();
  }

  async #follow(): Promise<void> {
    const { source, state, log } = this.#needs;
    const { connection } = source;
    this.#tell();
    this.#reading?.abort();
    if (!connection?.profile.offers.metadefs) return;
    const key = keyOf(source.key, connection);
    const kept = state.get<Kept>(stateKey);
    if (kept?.key === key && Date.now() - Date.parse(kept.vocabulary.readAt) < fresh) return;
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const name = `${source.label}, ${connection.cloud.region}`;
      const vocabulary = await readVocabulary(connection.cloud, name, new Date(), reading.signal);
      if (reading.signal.aborted) return;
      await state.update(stateKey, { key, vocabulary } satisfies Kept);
      this.#tell();
    } catch (error) {
      if (!reading.signal.aborted)
        log.warn(`What the cloud defines could not be read: ${describeError(error)}`);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function keyOf(source: string, { cloud }: Connection): string {
  return `${source} ${cloud.region} ${cloud.session.account.id}`;
}
