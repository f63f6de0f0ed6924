/**
 * Prints every text of the product that a person may read, as one list to be read aloud: titles, descriptions, help,
 * findings, refusals, errors. `--twice` names those that stand in two places of the code, and exits 1 where there are any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { readExtensionManifest } from './extensionManifest.ts';

const root = join(import.meta.dirname, '..', '..');

interface Message {
  readonly place: string;
  readonly text: string;
}

const messages = [...contributed(), ...described(), ...written()];
if (process.argv.includes('--twice')) reportTwins(written());
else for (const { place, text } of messages) console.log(`${place}\t${text.replaceAll('\n', '⏎')}`);

/** What package.json tells VS Code to show. */
function contributed(): Message[] {
  const { description, contributes, capabilities } = readExtensionManifest();
  return textsIn('package.json', { description, contributes, capabilities });
}

/** The schemas' descriptions, which hover and completion show. */
function described(): Message[] {
  const names = readdirSync(join(root, 'schemas')).filter((name) => name.endsWith('.json'));
  return names.flatMap((name) =>
    textsIn(`schemas/${name}`, JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8'))),
  );
}

/** The values of keys that are for people, wherever they stand. */
function textsIn(file: string, value: unknown, key = ''): Message[] {
  const shown =
    /^(title|name|description|markdownDescription|contents|enumDescriptions|markdownEnumDescriptions)$/;
  if (typeof value === 'string') return shown.test(key) ? [{ place: `${file} ${key}`, text: value }] : [];
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(file, item, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsIn(file, inner, name));
}

/** The sentences in the code: strings and templates of more than one word that are neither SQL nor patterns. */
function written(): Message[] {
  const files = ['client', 'server'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return files.sort().flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const found: Message[] = [];
    visit(parseSync(file, source).program, (text, start) => {
      if (!isSentence(text)) return;
      const line = source.slice(0, start).split('\n').length;
      found.push({ place: `${relative(root, file)}:${line}`, text });
    });
    return found;

    function visit(node: unknown, see: (text: string, start: number) => void): void {
      if (Array.isArray(node)) for (const item of node) visit(item, see);
      if (typeof node !== 'object' || node === null || !('type' in node)) return;
      const { type, start } = node as { type: string; start: number };
      if (type === 'ImportDeclaration' || type === 'TSLiteralType') return;
      if (type === 'Literal' && 'value' in node && typeof node.value === 'string') see(node.value, start);
      if (type === 'TemplateLiteral') see(templateText(node as unknown as Template, source), start);
      for (const inner of Object.values(node)) if (typeof inner === 'object') visit(inner, see);
    }
  });
}

interface Template {
  readonly quasis: readonly { readonly value: { readonly cooked: string } }[];
  readonly expressions: readonly { readonly start: number; readonly end: number }[];
}

/** A template with its expressions in braces. */
function templateText({ quasis, expressions }: Template, source: string): string {
  return quasis
    .map(({ value }, at) => {
      const expression = expressions[at];
      return value.cooked + (expression ? `{${source.slice(expression.start, expression.end)}}` : '');
    })
    .join('');
}

function isSentence(text: string): boolean {
  const words = text.replace(/\{[^}]*\}/g, 'x').match(/[A-Za-z’']{2,}/g) ?? [];
  const isSql =
    /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|PRAGMA|ALTER|DROP|BEGIN|VACUUM|FROM|WHERE|AND|ORDER)\b/.test(
      text,
    );
  return words.length >= 3 && /[a-z] [A-Za-z{'“]|[a-z]\. /.test(text) && !isSql;
}

function reportTwins(found: readonly Message[]): void {
  const places = new Map<string, string[]>();
  for (const { place, text } of found)
    if (text.length > 24) places.set(text, [...(places.get(text) ?? []), place]);
  const twins = [...places].filter(([, where]) => where.length > 1);
  for (const [text, where] of twins)
    console.error(`${where.join(', ')}: the same message: ${text.split('\n')[0]}`);
  if (twins.length > 0) process.exitCode = 1;
  else console.log('No message is stated twice.');
}
