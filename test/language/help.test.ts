import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLanguageServer } from '../tools/languageServer.ts';

/** As far as descriptions are concerned. */
interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** A key that a schema describes, and a manifest whose last line is that key. */
interface Described {
  readonly key: string;
  readonly text: string;
  readonly description: string;
}

test('what a schema says of a key is what a person reads over it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-help-'));
  const server = await startLanguageServer({ root });
  try {
    for (const kind of ['image', 'image-import', 'image-export', 'image-patch', 'server-image', 'server']) {
      const path = join(import.meta.dirname, '..', '..', 'schemas', `${kind}.json`);
      const described = keysOf(JSON.parse(readFileSync(path, 'utf8')), []);
      assert.ok(described.length > 2, kind);
      for (const [at, { key, text, description }] of described.entries()) {
        const document = server.open(join(root, `${at}.${kind}.yaml`), text);
        const shown = await document.hover(text.lastIndexOf(`${key}:`) + 1);
        assert.ok(JSON.stringify(shown?.contents).includes(JSON.stringify(description).slice(1, -1)), text);
        await document.close();
      }
    }
  } finally {
    await server.close();
    rmSync(root, { recursive: true });
  }
});

function keysOf({ properties = {}, items }: Schema, above: readonly string[]): Described[] {
  const own = Object.entries(properties).flatMap(([key, schema]) => {
    const path = [...above, key];
    const text = textOf(path);
    const { description } = schema;
    return [...(description ? [{ key, text, description }] : []), ...keysOf(schema, path)];
  });
  return [...own, ...(items ? keysOf(items, [...above, '-']) : [])];
}

/** `a - b` → `a:\n  -\n    b: ` */
function textOf(path: readonly string[]): string {
  const last = path.length - 1;
  return path
    .map(
      (key, depth) => `${'  '.repeat(depth)}${key}${key === '-' ? '' : ':'}${depth === last ? ' x' : ''}\n`,
    )
    .join('');
}
