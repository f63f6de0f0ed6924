import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBundle } from '../tools/clientTexts.ts';
import { extensionTexts, readExtensionManifest } from '../tools/extensionManifest.ts';

const root = join(import.meta.dirname, '..', '..');
const packageText = readFileSync(join(root, 'package.json'), 'utf8');

test('package.nls.json has a text for each key of package.json, and no other', () => {
  const used = [...packageText.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(extensionTexts).sort());
});

test('package.json holds no text that a person reads, but keys', () => {
  const { displayName, description, contributes, capabilities } = JSON.parse(packageText);
  const { languageModelTools, problemMatchers, ...others } = contributes;
  // What a language model reads, and names in code, stay as they are.
  const tools = languageModelTools.map(({ displayName, userDescription }: Record<string, string>) => ({
    displayName,
    userDescription,
  }));
  const matchers = problemMatchers.map(({ label }: Record<string, string>) => ({ label }));
  const texts = listTexts({
    ...{ displayName, description, capabilities },
    contributes: { ...others, tools, matchers },
  });
  assert.ok(texts.length > 200);
  assert.deepEqual(
    texts.filter((text) => !/^%[^%]+%$/.test(text)),
    [],
  );
});

test('VS Code finds a text for every key', () => {
  assert.ok(!JSON.stringify(readExtensionManifest()).includes('"%'));
});

test('l10n/bundle.l10n.json has the texts of the client (npm run docs writes it)', () => {
  const written = JSON.parse(readFileSync(join(root, 'l10n', 'bundle.l10n.json'), 'utf8'));
  assert.deepEqual(written, makeBundle());
});

/** The values of the properties that VS Code shows. */
function listTexts(value: unknown, key = ''): string[] {
  const shown =
    /^(?:title|shortTitle|contextualTitle|name|displayName|contents|label|category|aliases|\w*descriptions?)$/i;
  if (typeof value === 'string') return shown.test(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => listTexts(item, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => listTexts(inner, name));
}
