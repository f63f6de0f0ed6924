import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentTools } from '../../server/agents/tools.ts';
import { readExtensionManifest } from '../tools/extensionManifest.ts';

/** The tools as VS Code offers them are those that MCP offers. */
const offered: readonly object[] = readExtensionManifest().contributes.languageModelTools;

test('package.json lists each tool as it is', () => {
  const told = offered.map((tool) => {
    const { name, displayName, modelDescription, inputSchema } = JSON.parse(JSON.stringify(tool));
    return { name, displayName, modelDescription, inputSchema };
  });
  const tools = agentTools.map(({ name, title, description, input }) => ({
    name,
    displayName: title,
    modelDescription: description,
    inputSchema: input,
  }));
  assert.deepEqual(told, JSON.parse(JSON.stringify(tools)));
});

test('no workspace decides what agents may do', () => {
  const { contributes, capabilities } = readExtensionManifest();
  const setting = contributes.configuration.properties['cloudImages.agents.realClouds'];
  assert.deepEqual([setting.scope, setting.default], ['machine', 'none']);
  const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
  assert.ok(restrictedConfigurations.includes('cloudImages.agents.realClouds'));
});

test('descriptions are short: a model reads them all with each request', () => {
  const words = JSON.stringify(agentTools.map(({ description, input }) => [description, input])).length;
  assert.ok(words < 5000, `${words} characters`);
});
