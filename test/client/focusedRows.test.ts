import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';

// The keys of the editor are pressed by the test.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'data:text/javascript,', shortCircuit: true } : next(specifier, context),
});
const { findFocusedRows } = await import('../../client/views/focusedRows.ts');

/** A tree with a focus, as VS Code's command adds it to the selection and takes it away. */
function open(selection: readonly string[], focus: string | undefined) {
  const tree = { selection };
  const toggle = async (): Promise<void> => {
    if (focus === undefined) return;
    tree.selection = tree.selection.includes(focus)
      ? tree.selection.filter((row) => row !== focus)
      : [...tree.selection, focus];
  };
  return { tree, find: () => findFocusedRows(tree, toggle) };
}

test('a key of a tree is for the row with the focus, not for one that is selected elsewhere', async () => {
  const { tree, find } = open(['a', 'b'], 'c');
  assert.deepEqual(await find(), ['c']);
  assert.deepEqual(tree.selection, ['a', 'b']);
});

test('where the row with the focus is selected, the key is for all that are', async () => {
  const { tree, find } = open(['a', 'b'], 'b');
  assert.deepEqual(await find(), ['a', 'b']);
  assert.deepEqual([...tree.selection].sort(), ['a', 'b']);
});

test('without a focus there is no row', async () => {
  assert.deepEqual(await open(['a'], undefined).find(), []);
});
