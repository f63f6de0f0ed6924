import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Visibility } from '../../client/views/visibility.ts';

test('changes are requested while a tree is seen, and no longer', () => {
  let show: (event: { readonly visible: boolean }) => void = () => undefined;
  let watchers = 0;
  const tree = {
    visible: false,
    onDidChangeVisibility: (listener: typeof show) => {
      show = listener;
      return { dispose: () => undefined };
    },
  };
  const visibility = new Visibility(tree, () => {
    watchers++;
    return { dispose: () => watchers-- };
  });
  assert.equal(watchers, 0);
  show({ visible: true });
  assert.equal(watchers, 1);
  show({ visible: false });
  assert.equal(watchers, 0);
  show({ visible: true });
  visibility.dispose();
  assert.equal(watchers, 0);
});
