import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { TypeAhead, TypeAheadRow } from '../../../client/ui/typeAhead.ts';
import type { ImageNode } from '../../../client/views/images/imagesView.ts';
import { cloudOf, extension, ownImageIn, rowThat, until } from './support.ts';
import { act, picking, type Ui } from './verbs/act.ts';

/** Types into the box of the filter, and takes the first row; answers what the box showed then. */
function typing(...texts: string[]): Ui & { readonly shown: TypeAheadRow[][] } {
  const shown: TypeAheadRow[][] = [];
  const typeAhead = async <Row extends TypeAheadRow>(box: TypeAhead<Row>): Promise<boolean> => {
    for (const text of texts) {
      box.typed(text);
      const rows = box.rows(text);
      shown.push([...rows]);
      const [first] = rows;
      assert.ok(first);
      const taken = await box.take(first, text);
      if (taken === 'done') return true;
      shown.push([...(taken.rows ?? [])]);
    }
    return false;
  };
  return { typeAhead, shown } as unknown as Ui & { readonly shown: TypeAheadRow[][] };
}

async function listLabels(api: Api): Promise<string[]> {
  const groups = await api.imagesView.getChildren();
  const rows = await Promise.all(groups.map((group) => api.imagesView.getChildren(group)));
  return rows.flat().map((row) => String(api.imagesView.getTreeItem(row).label));
}

const groupsOf = async (api: Api): Promise<string[]> =>
  (await api.imagesView.getChildren()).map((row) => String(api.imagesView.getTreeItem(row).label));

describe('browsing the images', () => {
  afterEach(async () => {
    const { context } = await extension();
    context.browsing.show(undefined);
    context.browsing.arrange({ group: 'panel', sort: 'date' });
  });

  it('filters by a part of the name while one types, says so above the tree, and is cleared', async () => {
    const api = await extension();
    await cloudOf(api);
    await vscode.commands.executeCommand('cloudImages.images.focus');
    const all = await until('rows', async () => {
      const labels = await listLabels(api);
      return labels.length > 0 ? labels : undefined;
    });
    const ui = typing('debian');
    assert.equal((await act(api, ui, 'images.filter', { focusedIn: 'images' })).outcome, 'success');
    const filtered = await listLabels(api);
    assert.deepEqual(
      filtered.toSorted(),
      all.filter((label) => label.toLowerCase().includes('debian')).toSorted(),
    );
    assert.ok(filtered.length > 0 && filtered.length < all.length);
    assert.match(
      String(ui.shown[0]?.[0]?.label),
      new RegExp(`Show ${filtered.length} of ${all.length} images`),
    );
    assert.match(api.imagesTree.message ?? '', /^Filter: debian · \d+ of \d+ images$/);
    await act(api, {}, 'images.clearFilter');
    assert.deepEqual(await listLabels(api), all);
    assert.equal(api.imagesTree.message || undefined, undefined);
  });

  it('asks the cloud what begins with ?, in its order, and shows a refusal in the box', async () => {
    const api = await extension();
    await cloudOf(api);
    const ui = typing('?size_min=lots');
    assert.equal((await act(api, ui, 'images.filter')).outcome, 'cancel');
    assert.match(String(ui.shown[1]?.[0]?.detail), /filter on a range with a non-numeric value.*HTTP 400/);
    const asked = await act(api, typing('?visibility=public&sort=name:desc&limit=5'), 'images.filter');
    assert.equal(asked.outcome, 'success', asked.said.join());
    const labels = await listLabels(api);
    assert.equal(labels.length, 5);
    assert.deepEqual(labels, labels.toSorted().reverse());
    assert.match(api.imagesTree.message ?? '', /^Filter: \?visibility=public/);
  });

  it('asks a query again for what changed while the images were out of sight', async () => {
    const { api, cloud, id } = await ownImageIn();
    await vscode.commands.executeCommand('cloudImages.images.focus');
    assert.equal((await act(api, typing('?tag=asked-late'), 'images.filter')).outcome, 'success');
    await vscode.commands.executeCommand('workbench.view.explorer');
    await until('the images to be out of sight', () => !api.imagesTree.visible);
    await cloud.images.addTag(id, 'asked-late');
    await until('the change', async () => {
      const images = await api.context.images.loaded();
      const tags = images.kind === 'ready' && images.items.get(id)?.image.get('tags');
      return Array.isArray(tags) && tags.includes('asked-late');
    });
    await vscode.commands.executeCommand('cloudImages.images.focus');
    await until('the answer', () => {
      const { filter } = api.context.browsing;
      return filter?.kind === 'query' && filter.images.has(id);
    });
    await cloud.images.removeTag(id, 'asked-late');
  });

  it('saves a filter by a name, takes it again, and deletes it', async () => {
    const api = await extension();
    await cloudOf(api);
    for (const verb of ['images.saveFilter', 'images.deleteFilter'])
      assert.equal((await act(api, {}, verb)).outcome, 'refusal', verb);
    api.context.browsing.show({ kind: 'text', text: 'debian' });
    const ask: Ui['ask'] = async (_, validate) => {
      assert.equal(validate(' '), 'Enter a name.');
      return 'Debians';
    };
    assert.equal((await act(api, { ask }, 'images.saveFilter')).outcome, 'success');
    api.context.browsing.show(undefined);
    const typeAhead = async <Row extends TypeAheadRow>(box: TypeAhead<Row>): Promise<boolean> => {
      const row = box.rows('').find(({ label }) => label.includes('Debians'));
      assert.ok(row?.removable);
      return (await box.take(row, '')) === 'done';
    };
    assert.equal((await act(api, { typeAhead }, 'images.filter')).outcome, 'success');
    assert.ok((await listLabels(api)).every((label) => label.startsWith('Debian')));
    assert.equal((await act(api, { pick: picking('Debians') }, 'images.deleteFilter')).outcome, 'success');
    assert.deepEqual(api.context.browsing.saved, []);
  });

  it('shows nothing that a query finds after the person has left', async () => {
    const api = await extension();
    await cloudOf(api);
    let asked: Promise<unknown> = Promise.resolve();
    const typeAhead = async <Row extends TypeAheadRow>(box: TypeAhead<Row>): Promise<boolean> => {
      const [first] = box.rows('?status=active');
      assert.ok(first);
      asked = box.take(first, '?status=active');
      return false;
    };
    assert.equal((await act(api, { typeAhead }, 'images.filter')).outcome, 'cancel');
    await asked;
    assert.equal(api.context.browsing.filter, undefined);
  });

  it('groups and sorts as it is told', async () => {
    const api = await extension();
    await cloudOf(api);
    await act(api, { pick: picking('Operating System') }, 'images.groupBy');
    const systems = await groupsOf(api);
    assert.ok(systems.includes('CentOS 7'), systems.join());
    await act(api, { pick: picking('Control Panel') }, 'images.groupBy');
    await act(api, { pick: picking('Size') }, 'images.sortBy');
    const groups = await api.imagesView.getChildren();
    const last = groups.at(-1);
    assert.ok(last?.kind === 'group');
    const sizes = last.images.map(({ seen }) => Number(seen.image.get('size') ?? 0));
    assert.deepEqual(
      sizes,
      sizes.toSorted((one, other) => other - one),
    );
  });

  it('shows more of a long group only when it is asked to', async () => {
    const api = await extension();
    let shown = 0;
    assert.equal((await act(api, {}, 'images.showMore', { show: () => shown++ })).outcome, 'success');
    assert.equal(shown, 1);
  });
});

describe('the row of an image', () => {
  it('says with whom it is shared, has each account below it, and stops sharing from there', async () => {
    const { api, cloud, id } = await ownImageIn();
    await cloud.members.add(id, '100002');
    await vscode.commands.executeCommand('cloudImages.images.focus');
    api.context.images.touch(id);
    const row = await rowThat(api, id, 'to be marked as shared', (node) =>
      /shared with 1/.test(String(api.imagesView.getTreeItem(node).description)),
    );
    const item = api.imagesView.getTreeItem(row);
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.match(String(item.description), /exportable · importable again/);
    const [member] = await api.imagesView.getChildren(row);
    assert.ok(member);
    const below = api.imagesView.getTreeItem(member);
    assert.deepEqual(
      [below.label, below.description, below.accessibilityInformation?.label],
      ['100002', 'shared with it · pending', 'Account 100002, shared with it, pending'],
    );
    assert.match(below.contextValue ?? '', /^member pending can:unshare$/);
    const left = await act(api, {}, 'images.unshare', member);
    assert.deepEqual([left.outcome, left.asked.length], ['cancel', 1]);
    const confirm = async (): Promise<boolean> => true;
    assert.equal((await act(api, { confirm }, 'images.delete', member)).outcome, 'success');
    assert.deepEqual(await cloud.members.list(id), []);
    await rowThat(api, id, 'to be shared no more', (node: ImageNode) => {
      const { description, collapsibleState } = api.imagesView.getTreeItem(node);
      return !/shared/.test(String(description)) && collapsibleState === vscode.TreeItemCollapsibleState.None;
    });
  });
});
