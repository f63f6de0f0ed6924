/** Milliseconds between two looks at the ages that are shown. */
const interval = 30_000;

/** Draws again the rows whose text changes as time goes by, such as `3 minutes ago`. */
export class AgingRows<Row> {
  readonly #describe: (row: Row) => string;
  readonly #draw: (row: Row) => void;
  readonly #drawn = new Map<string, { readonly row: Row; text: string }>();

  constructor(describe: (row: Row) => string, draw: (row: Row) => void) {
    this.#describe = describe;
    this.#draw = draw;
  }

  /** Remembers a row as it is drawn. */
  note(id: string, row: Row, text: string): void {
    this.#drawn.set(id, { row, text });
  }

  /** Forgets all rows, since the tree is built again. */
  clear(): void {
    this.#drawn.clear();
  }

  /** Looks at the rows until disposed: while their tree is seen. */
  watch(): { dispose(): void } {
    this.#drawChanged();
    const timer = setInterval(() => this.#drawChanged(), interval).unref();
    return { dispose: () => clearInterval(timer) };
  }

  #drawChanged(): void {
    for (const drawn of this.#drawn.values()) {
      const text = this.#describe(drawn.row);
      if (text === drawn.text) continue;
      drawn.text = text;
      this.#draw(drawn.row);
    }
  }
}
