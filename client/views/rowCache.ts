/**
 * Keeps the rows that a tree has handed out. VS Code refreshes a single row only when it is given the same object again, so a
 * row that changed is updated in place.
 */
export class RowCache<Row extends object> {
  readonly #rows = new Map<string, Row>();

  /** Returns the row of that id, updated, or the new one. */
  put<Kind extends Row>(id: string, row: Kind): Kind {
    const kept = this.#rows.get(id) as Kind | undefined;
    if (kept) return Object.assign(kept, row);
    this.#rows.set(id, row);
    return row;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  delete(id: string): void {
    this.#rows.delete(id);
  }

  /** Forgets all rows but those. */
  retain(ids: { has(id: string): boolean }): void {
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
  }

  keys(): Iterable<string> {
    return this.#rows.keys();
  }

  get size(): number {
    return this.#rows.size;
  }
}
