interface Tree {
  readonly visible: boolean;
  onDidChangeVisibility(listener: (event: { readonly visible: boolean }) => void): { dispose(): void };
}

/** Follows whether a tree is seen, and requests changes from the cloud only then. */
export class Visibility {
  readonly #tree: Tree;
  readonly #listening: { dispose(): void };
  #watching: { dispose(): void } | undefined;

  constructor(tree: Tree, watch: () => { dispose(): void }) {
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
