interface Tree {
  readonly visible: boolean;
  onDidChangeVisibility(listener: (event: { readonly visible: boolean }) => void): { dispose(): void };
}

/** Follows whether a tree is seen, and watches the cloud and the clock only then. */
export class Visibility {
  readonly #tree: Tree;
  readonly #listening: { dispose(): void };
  #watching: { dispose(): void } | undefined;

  constructor(tree: Tree, ...watches: readonly (() => { dispose(): void })[]) {
    const watch = (): { dispose(): void } => {
      const watching = watches.map((start) => start());
      return { dispose: () => watching.forEach((one) => void one.dispose()) };
    };
    this.#tree = tree;
    this.#watching = tree.visible ? watch() : undefined;
    this.#listening = tree.onDidChangeVisibility(({ visible }) => {
      this.#watching?.dispose();
      this.#watching = visible ? watch() : undefined;
    });
  }

  get isVisible(): boolean {
    return this.#tree.visible;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#watching?.dispose();
  }
}
