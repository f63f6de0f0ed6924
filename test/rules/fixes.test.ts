import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { judge } from '../../server/language/analysis/analyze.ts';
import type { PlacedFinding } from '../../server/language/analysis/placedFinding.ts';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import { textEdits } from '../../server/manifests/edits/textEdits.ts';
import type { ManifestDocument, ManifestFile } from '../../server/manifests/file.ts';
import { nameParts } from '../../server/manifests/kinds.ts';
import { findMember } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { rules } from '../../server/rules/evaluate.ts';
import { tokensOf } from '../../server/rules/json.ts';
import type { Fix, Rule } from '../../server/rules/rule.ts';
import { badFacts } from './examples.ts';

/**
 * Every fix of every rule, on the rule's bad example in YAML and JSON with comments at all places: the rule is satisfied,
 * no rule speaks up that did not before, what the edits do not mean keeps its bytes, and there is nothing left to fix.
 */
const written: Record<string, { ending: string; write: (yaml: string) => string }> = {
  YAML: { ending: 'yaml', write: commented('#', (yaml) => yaml) },
  'YAML with all in block style': {
    ending: 'yaml',
    write: commented('#', (yaml) => stringify(parse(yaml), { lineWidth: 0 })),
  },
  JSON: { ending: 'jsonc', write: commented('//', (yaml) => `${JSON.stringify(parse(yaml), null, 2)}\n`) },
  'JSON in one line': {
    ending: 'jsonc',
    write: (yaml) => `// first\n${JSON.stringify(parse(yaml))} // last\n`,
  },
};

for (const rule of rules) {
  for (const [format, { ending, write }] of Object.entries(written)) {
    const path = `example.${nameParts[rule.example.kind]}.${ending}`;
    const before = readManifest({ text: write(rule.example.bad), path });
    const found = findingsIn(before, rule);
    for (const { finding } of found.filter(({ finding }) => finding.rule === rule.id)) {
      for (const fix of finding.fixes ?? []) {
        test(`${rule.id}, ${format}: ${fix.title}`, () => {
          const [document] = before.documents;
          const edits = document && textEdits(before, document, fix.edits);
          // Comments within what is written anew would be lost: such a fix is not offered.
          if (!edits && writesAnew(before, fix)) return;
          assert.ok(edits, `no place for ${JSON.stringify(fix.edits)} in\n${before.text}`);
          const text = applyEdits(before.text, edits);
          const shown = `${before.text}\n→\n${text}`;
          const after = readManifest({ text, path });
          assert.deepEqual(after.problems, [], shown);
          const left = findingsIn(after, rule);
          const ids = new Set(found.map((placed) => placed.finding.rule));
          assert.deepEqual(
            left.filter((placed) => !ids.has(placed.finding.rule)).map((placed) => placed.finding),
            [],
            `speaks up only after the fix:\n${shown}`,
          );
          const again = left.flatMap((placed) => (placed.finding.rule === rule.id ? [placed.finding] : []));
          assert.ok(again.length < count(found, rule), `not satisfied:\n${shown}`);
          assert.ok(!again.some(({ pointer }) => pointer === finding.pointer), `to be done again:\n${shown}`);
          assert.deepEqual(comments(text), comments(without(before.text, fix, document)), shown);
          const untouched = before.text
            .split('\n')
            .filter((line) => !edits.some(({ start, end }) => touches(before.text, line, start, end)));
          for (const line of untouched)
            assert.ok(text.split('\n').includes(line), `${line} changed:\n${shown}`);
        });
      }
    }
  }
}

test('a rule with fixes offers them in JSON as in YAML', () => {
  const offered = (format: string) =>
    rules.filter((rule) => {
      const { ending = '', write = String } = written[format] ?? {};
      const path = `example.${nameParts[rule.example.kind]}.${ending}`;
      const findings = findingsIn(readManifest({ text: write(rule.example.bad), path }), rule);
      return findings.some(({ finding }) => finding.rule === rule.id && (finding.fixes ?? []).length > 0);
    });
  const onlyYaml = ['property/word']; // JSON has no such words
  assert.deepEqual(
    offered('JSON').map(({ id }) => id),
    offered('YAML').flatMap(({ id }) => (onlyYaml.includes(id) ? [] : [id])),
  );
  assert.ok(offered('YAML').length > 25);
});

function findingsIn(file: ManifestFile, rule: Rule): PlacedFinding[] {
  const { words: _, ...facts } = badFacts(rule);
  return judge(file, [facts], { profile: facts.profile, isStrict: false, severities: {}, manifests: [] });
}

/** Tells whether a fix replaces a collection that holds a comment. */
function writesAnew({ documents, text }: ManifestFile, { edits }: Fix): boolean {
  return edits.some(({ do: what, pointer }) => {
    const root = documents[0]?.root;
    const node = root && findMember(root, tokensOf(pointer))?.member.node;
    return what === 'set' && node?.type === 'object' && /\/\/|#/.test(text.slice(node.start, node.end));
  });
}

function count(found: readonly PlacedFinding[], { id }: Rule): number {
  return found.filter(({ finding }) => finding.rule === id).length;
}

/** A comment before each line and one at the end. */
function commented(mark: string, format: (yaml: string) => string): (yaml: string) => string {
  return (yaml) => {
    const lines = format(yaml).trimEnd().split('\n');
    return `${lines.map((line, at) => `${mark} comment ${at}\n${line}`).join('\n')}\n${mark} the last\n`;
  };
}

/** The text without what the edits take away or replace as a whole, whose own comments go with it. */
function without(text: string, { edits }: Fix, { root }: ManifestDocument): string {
  let left = text;
  for (const { do: what, pointer } of edits) {
    const member = root && findMember(root, tokensOf(pointer))?.member;
    const node = pointer === '' ? root : member?.node;
    const start = (what === 'remove' ? member?.key?.start : undefined) ?? node?.start;
    if (node) left = left.replace(text.slice(start, node.end), '');
  }
  return left;
}

function comments(text: string): string[] {
  return text.match(/(?:#|\/\/) (?:comment \d+|the last|first|last)$/gm) ?? [];
}

function touches(text: string, line: string, start: number, end: number): boolean {
  const at = text.indexOf(line);
  return at <= end && at + line.length >= start;
}
