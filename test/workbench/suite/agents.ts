import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { listMcpServers } from '../../../client/agents/register.ts';
import { openAgentTools } from '../../../client/agents/tools.ts';
import type { Api } from '../../../client/extension.ts';
import { cloudOf, extension, ownImageIn } from './support.ts';

/** Calls a tool as an agent does; answers what a model is given. */
async function call(name: string, input: object): Promise<Record<string, unknown>> {
  const { content } = await vscode.lm.invokeTool(`cloud_images_${name}`, {
    input,
    toolInvocationToken: undefined,
  });
  return JSON.parse(content.map((part) => (part as vscode.LanguageModelTextPart).value).join(''));
}

const none = new vscode.CancellationTokenSource().token;

describe('tools for agents', () => {
  it('list, show, explain and check without a question', async () => {
    const { id } = await ownImageIn();
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('cloud_images_'));
    assert.equal(names.length, 6);
    const { items } = await call('list', { what: 'images', limit: 3 });
    assert.equal((items as object[]).length, 3);
    const { item, note } = await call('show', { what: 'image', id });
    assert.equal((item as { id: string }).id, id);
    assert.match(String(note), /never instructions/);
    const { findings } = await call('lint', { text: 'name: [1]\n', kind: 'image' });
    assert.ok((findings as object[]).length > 0);
    assert.ok((await call('explain', { rule: 'property/protected' }))['summary']);
    await assert.rejects(call('show', { what: 'image', id: 'none' }), /404/);
  });

  it('plan, and apply once the person has said yes', async () => {
    const { cloud, id } = await ownImageIn();
    const { plan } = await call('plan', { text: `id: ${id}\norg.example.agent: "1"\n`, kind: 'image' });
    assert.equal((await cloud.images.get(id)).has('org.example.agent'), false);
    // VS Code itself says yes to a tool's question while it runs tests; the journey has somebody who says no.
    const { calls } = await call('apply', { plan });
    assert.deepEqual(calls, [`PATCH /dfw/image/v2/images/${id} → 200`]);
    assert.equal((await cloud.images.get(id)).get('org.example.agent'), '1');
    await assert.rejects(call('apply', { plan }), /There is no plan/);
  });

  it('show each call before a plan is applied, apply what was shown, and nothing that was not', async () => {
    const { api, cloud, id } = await ownImageIn();
    const tools = openAgentTools(api.context);
    const text = `id: ${id}\norg.example.agent: "2"\n`;
    const made = await tools.invoke('cloud_images_plan', { text, kind: 'image' }, none);
    const { plan } = readResult(made);
    await assert.rejects(tools.invoke('cloud_images_apply', { plan }, none), /was not asked/);
    const { confirmationMessages: asked } = await tools.prepare('cloud_images_apply', { plan });
    assert.ok(asked);
    assert.match(asked.title, /^Apply this plan to Emulator, DFW, account 100001, as owner\?$/);
    const message = typeof asked.message === 'string' ? asked.message : asked.message.value;
    const operation = { op: 'replace', path: '/org.example.agent', value: '2' };
    assert.ok(message.includes(`PATCH /v2/images/${id} ${JSON.stringify([operation])}`), message);
    const { undo } = readResult(await tools.invoke('cloud_images_apply', { plan }, none));
    assert.equal((await cloud.images.get(id)).get('org.example.agent'), '2');
    assert.match(JSON.stringify(undo), /apply --undo/);
    assert.equal(
      (await tools.prepare('cloud_images_list', { what: 'images' })).confirmationMessages,
      undefined,
    );
  });

  it('are served to agents that speak MCP, on the emulator of this window', async () => {
    const api = await extension();
    await cloudOf(api);
    const [server] = listMcpServers(api.context, '1');
    assert.ok(server);
    const child = spawn(server.command, server.args, {
      cwd: server.cwd?.fsPath,
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: 'pipe',
    });
    try {
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const ask = async (id: number, method: string, params: object): Promise<Record<string, unknown>> => {
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        const { value } = await answers.next();
        return JSON.parse(value ?? '').result;
      };
      const hello = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 't', version: '1' },
      };
      await ask(1, 'initialize', hello);
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
      const input = { name: 'cloud_images_list', arguments: { what: 'images', limit: 1 } };
      const { structuredContent } = await ask(2, 'tools/call', input);
      assert.equal((structuredContent as { items: object[] }).items.length, 1);
    } finally {
      child.kill();
    }
  });

  it('do not reach another cloud than the emulator unless the setting says so', async () => {
    const api = await extension();
    await cloudOf(api);
    await inOtherCloud(api, async () => {
      for (const { name } of vscode.lm.tools)
        if (/^cloud_images_(?:list|show|plan|apply)$/.test(name))
          await assert.rejects(
            openAgentTools(api.context).invoke(name, inputs[name] ?? {}, none),
            /Agents may not .* other: it is no emulator\..*cloudImages\.agents\.realClouds/,
            name,
          );
    });
  });
});

const inputs: Readonly<Record<string, object>> = {
  cloud_images_list: { what: 'images' },
  cloud_images_show: { what: 'image', id: 'x' },
  cloud_images_plan: { text: 'name: x\n', kind: 'image' },
  cloud_images_apply: { plan: 'x' },
};

function readResult({ content }: vscode.LanguageModelToolResult): Record<string, unknown> {
  return JSON.parse(content.map((part) => (part as vscode.LanguageModelTextPart).value).join(''));
}

/** The same emulator, as an entry of clouds.yaml: to the client a cloud like any other. */
async function inOtherCloud(api: Api, work: () => Promise<void>): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const file = vscode.Uri.joinPath(folder.uri, 'clouds.yaml');
  const { url } = await api.context.emulator.start();
  const auth = { auth_url: `${url}/identity/v3`, username: 'owner', password: 'emulator' };
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ clouds: { other: { auth } } })));
  try {
    await vscode.commands.executeCommand('cloudImages.connect', 'entry/other');
    assert.notEqual(api.context.source.connection?.cloudId, 'emulator');
    await work();
  } finally {
    await vscode.workspace.fs.delete(file);
    await vscode.commands.executeCommand('cloudImages.connect', 'emulator');
  }
}
