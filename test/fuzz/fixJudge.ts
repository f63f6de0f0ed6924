/** What must hold of every fix, formatting and conversion, whatever the style of the text. */
import assert from 'node:assert/strict';
import { parse as parseJson } from 'jsonc-parser';
import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Analysis } from '../../server/language/analysis/analysis.ts';
import { judge } from '../../server/language/analysis/analyze.ts';
import type { PlacedFinding } from '../../server/language/analysis/placedFinding.ts';
import { converted } from '../../server/language/features/codeActions/convert.ts';
import { fixAll, proveRepairs } from '../../server/language/features/codeActions/fixes.ts';
import { formatted } from '../../server/language/features/formatting.ts';
import { renameIn } from '../../server/language/index/renameIn.ts';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import type { ManifestFile } from '../../server/manifests/file.ts';
import { nameParts } from '../../server/manifests/kinds.ts';
import { findMember, type TextEdit } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { isObject, type Json, tokensOf } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import type { DataEdit } from '../../server/rules/rule.ts';
import { urlSafe } from '../../server/rules/service/tagNames.ts';
import { sampleOf } from './fixModels.ts';
import { stylesOf } from './fixStyles.ts';
import { writeJson } from './jsonWriter.ts';
import type { CaseResult } from './judge.ts';
import { randomOf } from './random.ts';
import { writeYaml } from './yamlWriter.ts';

const settings = { profile: profiles.rackspace, isStrict: true, severities: {}, manifests: [] } as const;

export interface FixText {
  readonly path: string;
  readonly text: string;
}

export function fixCase(seed: number, number: number): FixText {
  const random = randomOf(seed, number);
  const { kind, model } = sampleOf(random);
  if (random.once(4)) {
    const { text, lenient } = writeJson(model, random);
    return { path: `/w/f.${nameParts[kind]}.${lenient ? 'jsonc' : 'json'}`, text };
  }
  const models = random.once(8) ? [model, sampleOf(random).model] : [model];
  return { path: `/w/f.${nameParts[kind]}.yaml`, text: writeYaml(models, random) };
}

/** What every safe fix makes of a text. */
export function fixAllOf(made: FixText): TextEdit | undefined {
  return fixAll(analysisOf(made));
}

export function judgeFixCase(seed: number, number: number): CaseResult {
  const start = process.threadCpuUsage();
  const made = fixCase(seed, number);
  const counts: string[] = [];
  try {
    const analysis = analysisOf(made);
    for (const placed of analysis.findings) judgeFixes(analysis, placed, counts);
    judgeFixAll(analysis, counts);
    if (number % 2 === 0) judgeFormatting(analysis.file, counts);
    if (number % 4 === 1) judgeConversion(analysis.file, counts);
    if (number % 4 === 3) judgeRenaming(analysis.file, counts);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${made.path}\n${JSON.stringify(made.text)}\n${message}`, { cause: error });
  }
  const { user, system } = process.threadCpuUsage(start);
  const broken = analysisOf(made).file.problems.some(({ severity }) => severity === 'error');
  const outcome = `${made.path.endsWith('yaml') ? 'YAML' : 'JSON'}${broken ? ' with errors' : ''}`;
  return { outcome, counts, allocated: 0, milliseconds: (user + system) / 1000 };
}

function analysisOf({ path, text }: FixText): Analysis {
  const file = readManifest({ text, path });
  const facts = file.documents.map(() => ({ profile: settings.profile }));
  return { uri: `file://${path}`, file, settings, facts, findings: judge(file, facts, settings) };
}

function judgeFixes(analysis: Analysis, placed: PlacedFinding, counts: string[]): void {
  const { finding, repairs = [] } = placed;
  const fixes = finding.fixes ?? [];
  if (fixes.length + repairs.length === 0) return;
  const offered = proveRepairs(analysis, placed);
  const styles = stylesOf(analysis.file, placed);
  for (const fix of fixes) {
    const own = offered.find(({ title }) => title === fix.title);
    for (const name of [`rule  ${finding.rule}`, ...styles.map((style) => `style ${style}`)])
      counts.push(`${name}: ${own ? 'offered' : 'declined'}`);
    if (own) judgeEdits(analysis, placed, own.edits, fix.edits);
  }
  for (const { title } of repairs) {
    const own = offered.find((one) => one.title === title);
    counts.push(`rule  ${finding.rule}: ${own ? 'offered' : 'declined'}`);
    if (own) judgeEdits(analysis, placed, own.edits, []);
  }
}

function judgeEdits(
  analysis: Analysis,
  { finding, document: index }: PlacedFinding,
  edits: readonly TextEdit[],
  meant: readonly DataEdit[],
): void {
  const { file } = analysis;
  const text = applyEdits(file.text, edits);
  const shown = `${finding.rule}: ${JSON.stringify(meant)}\n→ ${JSON.stringify(text)}`;
  const after = analysisOf({ path: file.path, text });
  const before = dataIn(file);
  if (before) {
    const expected = before.map((data, at) => (at === index ? changed(data, meant, file, index) : data));
    assert.deepEqual(dataIn(after.file), expected, shown);
  }
  judgePlaces(file, index, edits, meant, finding.rule, shown);
  assertNoMore(analysis, after, finding.rule, shown);
}

/** Only what the edits are about has changed: what was cut elsewhere is layout, commas, marks of its own. */
function judgePlaces(
  file: ManifestFile,
  index: number,
  edits: readonly TextEdit[],
  meant: readonly DataEdit[],
  rule: string,
  shown: string,
): void {
  const root = file.documents[index]?.root;
  const own = meant.flatMap((edit) => {
    const { do: what, pointer } = edit;
    const found = root && findMember(root, tokensOf(pointer))?.member;
    if (!found) return [];
    const { key, node } = found;
    if (what === 'rename' || (edit.do === 'quote' && edit.onKey)) return key ? [{ ...key, line: false }] : [];
    const start = what === 'remove' ? (key ?? node).start : node.start;
    const end = Math.max(node.end, key?.end ?? 0);
    return [{ start, end: start + file.text.slice(start, end).trimEnd().length, line: what === 'remove' }];
  });
  let cut = '';
  for (const { start, end } of edits)
    for (let at = start; at < end; at++)
      if (!own.some((place) => at >= place.start && at < place.end)) cut += file.text[at];
  const removed = own.some(({ line }) => line) || rule.startsWith('json/');
  const layout = removed ? /^(?:[\s,:?-]|#[^\n]*|[&!][^\s,]*(?=\s)|\/\/ c\d+|\/\*.*?\*\/)*$/ : /^$/;
  assert.match(cut, layout, `cut besides: ${shown}`);
  if (!removed) assert.deepEqual(commentsOf(applyEdits(file.text, edits)), commentsOf(file.text), shown);
}

function assertNoMore(before: Analysis, after: Analysis, fixed: string, shown: string): void {
  const count = ({ findings }: Analysis, rule: string) =>
    findings.filter(({ finding }) => finding.rule === rule).length;
  // What is wrong with the shape hides what is wrong with the content.
  if (!/^manifest|^yaml|^json|shape$|image-id$/.test(fixed))
    for (const rule of new Set(after.findings.map(({ finding }) => finding.rule)))
      assert.ok(count(after, rule) <= count(before, rule), `${rule} speaks up: ${shown}`);
  if (fixed !== '') assert.ok(count(after, fixed) < count(before, fixed), `still there: ${shown}`);
}

function judgeFixAll(analysis: Analysis, counts: string[]): void {
  const edit = fixAll(analysis);
  if (!edit) return;
  counts.push('fix all: applied');
  const { file } = analysis;
  const text = applyEdits(file.text, [edit]);
  const shown = `fix all → ${JSON.stringify(text)}`;
  const after = analysisOf({ path: file.path, text });
  assert.equal(fixAll(after), undefined, `goes on: ${shown}`);
  assertNoMore(analysis, after, '', shown);
  const [one, other] = [dataIn(file), dataIn(after.file)];
  if (one) assert.deepEqual(other?.map(essence), one.map(essence), shown);
  const left = new Set(commentsOf(text));
  const lost = commentsOf(file.text).filter((comment) => !left.has(comment));
  // A comment goes only with the line of an item, which a safe fix removes where it is empty or there twice.
  if (lost.length > 0)
    assert.ok(/tag\/empty|tag\/duplicate|share\/duplicate/.test(rulesOf(analysis)), `${lost} lost: ${shown}`);
}

function rulesOf({ findings }: Analysis): string {
  return findings.map(({ finding }) => finding.rule).join();
}

/** What no safe fix may change: tags by what they mean, each once; a scalar by what it is as text. */
function essence(data: Json, key?: string | number): Json {
  if (Array.isArray(data)) {
    const isScalar = (item: Json) => typeof item !== 'object' || item === null;
    const account = (item: Json) =>
      isObject(item) && item['member_id'] !== undefined ? item['member_id'] : item;
    const scalars = data
      .map(account)
      .filter((item) => isScalar(item) && item !== '')
      .map(String);
    const says = (item: Json) =>
      !isScalar(item) && !(isObject(item) && Object.keys(item).join() === 'member_id');
    return [
      ...data.filter(says).map((item) => essence(item)),
      ...[...new Set(scalars)].map((item) => urlSafe(item) ?? item).sort(), // none is lost to another
    ];
  }
  if (typeof data === 'object' && data !== null)
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, essence(value, name)]));
  if (key === 'path' && typeof data === 'string') return data.replace(/^\/?/, '/');
  return typeof data === 'number' || data === true || data === false
    ? 'a scalar'
    : isSpelled(data)
      ? 'a scalar'
      : data;
}

function isSpelled(data: Json): boolean {
  return typeof data === 'string' && /^(?:[-+.\d][\w.+:-]*|true|false|yes|no|on|off)$/.test(data);
}

function judgeFormatting(file: ManifestFile, counts: string[]): void {
  const format = file.format === 'json' ? 'JSON' : 'YAML';
  const text = formatted(file, { tabSize: 2, insertSpaces: true });
  counts.push(`format ${format}: ${text === undefined ? 'declined' : 'offered'}`);
  if (text === undefined) return;
  const shown = `formatted → ${JSON.stringify(text)}`;
  const after = readManifest({ text, path: file.path });
  assert.deepEqual(dataIn(after), dataIn(file), shown);
  assert.deepEqual(commentsOf(text), commentsOf(file.text), shown);
  assert.equal(formatted(after, { tabSize: 2, insertSpaces: true }), undefined, `again: ${shown}`);
  const counted = (all: string, pattern: RegExp) => all.match(pattern)?.sort() ?? [];
  for (const pattern of [/[\u200b\u00a0\ufeff]/g, /\\[xuU_N]\w*/g, /^%\w+ .*?$/gm, /[&*]a\d+/g])
    assert.deepEqual(counted(text, pattern), counted(file.text.replaceAll('\r', ''), pattern), shown);
}

function judgeConversion(file: ManifestFile, counts: string[]): void {
  const result = converted(file, file.path);
  const format = file.format === 'json' ? 'JSON' : 'YAML';
  counts.push(`convert ${format}: ${result ? 'offered' : 'declined'}`);
  if (!result) return;
  const shown = `converted → ${JSON.stringify(result.text)}`;
  assert.deepEqual(dataIn(readManifest(result)), dataIn(file), shown);
  assert.deepEqual(commentsOf(result.text), commentsOf(file.text), shown);
  assert.doesNotMatch(result.text, /[\u200b\u00a0\ufeff]/, shown);
}

function judgeRenaming(file: ManifestFile, counts: string[]): void {
  const before = dataIn(file);
  const things = [
    { what: 'tag', name: 'a b' },
    { what: 'property', name: 'release' },
    { what: 'property', name: 'com.rackspace__1__team' },
  ] as const;
  for (const { what, name } of things) {
    const renaming = renameIn(file, { what, name }, 'new: it');
    const refused = 'refused' in renaming;
    if (!refused && renaming.edits.length === 0) continue;
    counts.push(`rename ${what}: ${refused ? 'declined' : 'offered'}`);
    if (refused || !before) continue;
    const text = applyEdits(file.text, renaming.edits);
    const shown = `renamed → ${JSON.stringify(text)}`;
    const expected = before.map((data, at) => {
      const kind = file.documents[at]?.kind;
      return kind === 'image' || kind === 'patch' ? renamed(data, what, name, kind) : data;
    });
    assert.deepEqual(dataIn({ ...file, text }), expected, shown);
    if (what === 'property') assert.deepEqual(commentsOf(text), commentsOf(file.text), shown);
  }
}

/** An oracle of its own: keys of images and paths of that name; in lists of tags the first of that name, without the others. */
function renamed(
  data: Json,
  what: 'tag' | 'property',
  name: string,
  kind: 'image' | 'patch',
  isTags = false,
): Json {
  if (Array.isArray(data)) {
    const kept = data.filter((item, at) => !isTags || item !== name || data.indexOf(item) === at);
    return kept.map((item) => (isTags && item === name ? 'new: it' : renamed(item, what, name, kind)));
  }
  if (!isObject(data)) return data;
  const path = Object.entries(data).find(([key]) => ['path', 'add', 'replace', 'remove'].includes(key))?.[1];
  return Object.fromEntries(
    Object.entries(data).map(([key, value]): [string, Json] => {
      const own = what === 'property' && key === name && kind === 'image' ? 'new: it' : key;
      if (what === 'property' && kind === 'patch' && value === `/${name}` && value === path)
        return [own, '/new: it'];
      const tags =
        what === 'tag' && (kind === 'image' ? key === 'tags' : key === 'value' && path === '/tags');
      return [own, what === 'property' && isObject(value) ? value : renamed(value, what, name, kind, tags)];
    }),
  );
}

/** The data by readers that are none of ours; undefined where they complain, or read what JSON cannot hold. */
function dataIn({ text, format }: Pick<ManifestFile, 'text' | 'format'>): Json[] | undefined {
  if (format === 'json') {
    const errors: never[] = [];
    const data = parseJson(text.replace(/^\ufeff/, ''), errors, { allowTrailingComma: true });
    return errors.length > 0 ? undefined : [data];
  }
  const parsed = parseAllDocuments(text.replace(/^\ufeff/, ''), {
    logLevel: 'silent',
    prettyErrors: false,
  });
  if (!Array.isArray(parsed) || parsed.some(({ errors }) => errors.length > 0)) return undefined;
  return parsed.map((document) => plainOf(document.contents, document));
}

/** As YAML 1.2 has it, and its merges as PyYAML: keys are text, and a date is what is written. */
function plainOf(node: unknown, document: Document): Json {
  if (isAlias(node)) return plainOf(node.resolve(document), document);
  if (isSeq(node)) return node.items.map((item) => plainOf(item, document));
  if (isMap(node)) {
    const pairs = node.items.map(({ key, value }): [string, Json, boolean] => [
      String(plainOf(key, document) ?? ''),
      plainOf(value, document),
      isScalar(key) && key.type === 'PLAIN' && key.source === '<<',
    ]);
    const merged = pairs.flatMap(([, value, merges]) => (merges ? [value].flat().toReversed() : []));
    const own = pairs.flatMap(([name, value, merges]) => (merges ? [] : [[name, value] as const]));
    return { ...Object.assign({}, ...merged), ...Object.fromEntries(own) };
  }
  if (!isScalar(node)) return null;
  return (node.value instanceof Date ? node.source : node.value) as Json;
}

function commentsOf(text: string): string[] {
  return [...text.matchAll(/(?:#|\/\/|\/\*) (c\d+)/g)].map(([, name = '']) => name);
}

/** An oracle of its own for what edits mean. */
function changed(
  data: Json,
  edits: readonly DataEdit[],
  { text, documents }: ManifestFile,
  index: number,
): Json {
  const copy = structuredClone(data);
  const spelled = new Map(
    edits.flatMap(({ pointer }): [string, string][] => {
      const root = documents[index]?.root;
      const member = root && findMember(root, tokensOf(pointer))?.member;
      return [
        [pointer, text.slice(member?.node.start, member?.node.end)],
        [`${pointer} key`, text.slice(member?.key?.start, member?.key?.end)],
      ];
    }),
  );
  const last = (edit: DataEdit) => (edit.do === 'remove' ? 1 : 0);
  const ordered = [...edits].sort(
    (a, b) =>
      last(a) - last(b) || Number(b.pointer.split('/').at(-1)) - Number(a.pointer.split('/').at(-1)) || 0,
  );
  for (const edit of ordered) {
    const tokens = tokensOf(edit.pointer);
    const name = tokens.pop() ?? '';
    // biome-ignore lint/suspicious/noExplicitAny: a test's own oracle walks untyped data
    const parent = tokens.reduce((value: any, token) => value[token], copy);
    if (edit.do === 'set') parent[name] = edit.value;
    else if (edit.do === 'wrap') parent[name] = [parent[name]];
    else if (edit.do === 'quote' && edit.onKey) {
      parent[spelled.get(`${edit.pointer} key`) ?? name] = parent[name];
      if (spelled.get(`${edit.pointer} key`) !== name) delete parent[name];
    } else if (edit.do === 'quote') parent[name] = spelled.get(edit.pointer);
    else if (edit.do === 'remove' && Array.isArray(parent)) parent.splice(Number(name), 1);
    else if (edit.do === 'remove') delete parent[name];
    else {
      parent[edit.name] = parent[name];
      delete parent[name];
    }
  }
  return copy;
}
