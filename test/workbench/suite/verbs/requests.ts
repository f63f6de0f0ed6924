import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../../client/extension.ts';
import type { RequestRow } from '../../../../client/views/requests/requestRow.ts';
import { manifestUri, ownImageIn, until } from '../support.ts';
import { act, picking, withFault } from './act.ts';

/** The newest row that is as wanted, once the view has it. */
async function rowThat(
  { context }: Api,
  what: string,
  test: (row: RequestRow) => boolean,
): Promise<RequestRow> {
  return until(what, () => context.requests.getChildren().find(test));
}

describe('requests', () => {
  it('are shown from then on, opened, copied and filtered', async () => {
    const { api, cloud, id } = await ownImageIn();
    assert.equal((await act(api, {}, 'requests.show')).outcome, 'success');
    await cloud.images.get(id);
    const row = await rowThat(api, 'the request', ({ path }) => path.endsWith(`/images/${id}`));
    assert.equal((await act(api, {}, 'requests.open', row)).outcome, 'success');
    const document = await until('the document', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'cloud-request'),
    );
    assert.match(document.getText(), new RegExp(`^GET http\\S+/images/${id}\\nX-Auth-Token: \\$OS_TOKEN`));
    assert.doesNotMatch(document.getText(), /gAAA/);
    assert.equal((await act(api, { pick: picking('curl') }, 'requests.copyAs', row)).outcome, 'success');
    assert.match(
      await vscode.env.clipboard.readText(),
      /^OS_TOKEN=.*\ncurl -sS -H "X-Auth-Token: \$OS_TOKEN"/,
    );
    assert.equal((await act(api, {}, 'requests.copyAs', row)).outcome, 'cancel');
    const ask = async (): Promise<string> => '4xx';
    assert.equal((await act(api, { ask }, 'requests.filter')).outcome, 'success');
    assert.ok(!api.context.requests.getChildren().some(({ status }) => status === 200));
    assert.equal((await act(api, { ask: async () => undefined }, 'requests.filter')).outcome, 'cancel');
    await act(api, { ask: async () => '' }, 'requests.filter', { focusedIn: 'requests' });
    const unfocused = await act(api, {}, 'requests.copyAs', { focusedIn: 'requests' });
    assert.match(unfocused.said.join(), /Select a request/);
    assert.equal((await act(api, {}, 'requests.clear')).outcome, 'success');
    assert.ok(!api.context.requests.getChildren().some(({ id: one }) => one === row.id));
    for (const verb of ['open', 'copyAs', 'replay', 'trace'])
      assert.match((await act(api, {}, `requests.${verb}`)).said.join(), /Select a request/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('that are refused lead to rule, source and manifest line, and are sent again', async () => {
    const { api, cloud, id } = await ownImageIn();
    await act(api, {}, 'requests.show');
    const uri = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..', 'traced.image.yaml');
    const text = `# why\nid: ${id}\ncom.rackspace__1__options: "4"\n`;
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    try {
      const operation = { op: 'add', path: '/com.rackspace__1__options', value: '4' } as const;
      await assert.rejects(cloud.images.patch(id, [operation]), /./);
      const isIt = ({ status, path }: RequestRow): boolean => status === 403 && path.endsWith(id);
      const row = await rowThat(api, 'the refusal', isIt);
      assert.equal(row.rule, 'property/protected');
      const trace = (label: string) => act(api, { pick: picking(label) }, 'requests.trace', row);
      assert.equal((await trace('Manifest line')).outcome, 'success');
      const editor = vscode.window.activeTextEditor;
      assert.deepEqual([editor?.document.uri.fsPath, editor?.selection.active.line], [uri.fsPath, 2]);
      assert.equal((await trace('Source')).outcome, 'success');
      assert.match(vscode.window.activeTextEditor?.document.uri.path ?? '', /SOURCES\.md$/);
      assert.equal((await trace('Rule')).outcome, 'success');
      assert.equal((await act(api, {}, 'requests.trace', row)).outcome, 'cancel');

      const replayed = await act(api, {}, 'requests.replay', row);
      assert.match(replayed.told.join(), /was sent again as owner: 403/);
      const again = await rowThat(api, 'the request once more', (one) => isIt(one) && one.id !== row.id);
      const image = await rowThat(api, 'a request that was answered', ({ status }) => status === 200);
      assert.match((await act(api, {}, 'requests.trace', image)).said.join(), /was not refused/);
      const { exchange: _, ...foreign } = again;
      assert.match((await act(api, {}, 'requests.replay', foreign)).said.join(), /another program sent it/);
    } finally {
      await vscode.workspace.fs.delete(uri);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });

  it('are sent again with their headers, so that a large object stays one', async () => {
    const { api, cloud } = await ownImageIn();
    await act(api, {}, 'requests.show');
    const { objects } = cloud;
    const isContainer = ({ path, exchange }: RequestRow): boolean =>
      path.endsWith('/replayed') && exchange !== undefined;
    await until('the view to record', async () => {
      await objects.putContainer('replayed');
      return api.context.requests.getChildren().find(isContainer);
    });
    try {
      await objects.putDynamic('replayed', 'whole', 'replayed/parts/');
      const isIt = ({ method, path }: RequestRow): boolean => method === 'PUT' && path.endsWith('/whole');
      const row = await rowThat(api, 'the request', isIt);
      assert.equal((await act(api, {}, 'requests.replay', row)).outcome, 'success');
      assert.equal((await objects.details('replayed', 'whole'))?.dynamic, 'replayed/parts/');
    } finally {
      await objects.deleteObject('replayed', 'whole');
      await objects.deleteContainer('replayed');
    }
  });

  it('of a run know their document, also where the cloud names no rule', async () => {
    const { api, id } = await ownImageIn();
    await act(api, {}, 'requests.show');
    const uri = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..', 'run.image.yaml');
    const text = `id: ${id}\norg.example.first: "1"\n---\nid: ${id}\norg.example.second: "2"\n`;
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    try {
      await withFault(api, { method: 'PATCH', path: '*', status: 409 }, () =>
        act(api, { confirm: async () => true }, 'apply', uri.toString(), 1),
      );
      const row = await rowThat(
        api,
        'the refusal',
        ({ status, method }) => status === 409 && method === 'PATCH',
      );
      assert.deepEqual(row.exchange?.cause, { file: uri.fsPath, index: 1 });
      const traced = await act(api, { pick: picking('Manifest line') }, 'requests.trace', row);
      assert.equal(traced.outcome, 'success', traced.said.join());
      assert.equal(vscode.window.activeTextEditor?.selection.active.line, 3);
    } finally {
      await vscode.workspace.fs.delete(uri);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});
