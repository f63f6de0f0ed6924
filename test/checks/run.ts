/** Holds the directions of imports, that none lead in a circle, the lengths of files and functions, and that texts are translated. Exits 1 and names each breach. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { readClient } from '../tools/clientTexts.ts';
import { findCircles } from './circles.ts';
import { findLongFunctions } from './functions.ts';
import { listUntranslated } from './untranslated.ts';

const root = join(import.meta.dirname, '..', '..');
const maximumLines = 400;
/** Lines of a function's own, without those of functions inside it; a longer one says why: `Long, since …`. */
const maximumFunctionLines = 60;

/** Folder → the folders (or files) of ours it may import besides itself. `types` allows `import type` only. */
const allowed: Record<string, { values: string[]; types: string[] }> = {
  'server/rules': { values: [], types: [] },
  'server/manifests': {
    values: ['server/rules/json.ts'],
    types: ['server/rules'],
  },
  'server/workspace': {
    values: ['server/rules', 'server/manifests', 'server/system.ts', 'schemas'],
    types: [],
  },
  'server/disks': { values: [], types: ['server/rules'] },
  'server/cloud': {
    values: [
      'server/rules',
      'server/manifests',
      'server/workspace',
      'server/disks/blockMap.ts',
      'server/disks/blockStates.ts',
      'server/disks/format/footer.ts',
      'server/disks/format/vhd.ts',
      'server/disks/source.ts',
      'server/folders.ts',
      'server/system.ts',
      'server/plainText.ts',
      'schemas',
    ],
    types: [],
  },
  'server/language': {
    values: [
      'server/collectMemory.ts',
      'server/rules',
      'server/manifests',
      'server/workspace',
      'server/disks',
      'server/entry.ts',
      'server/plainText.ts',
      'server/system.ts',
      'schemas',
    ],
    types: [],
  },
  'server/verbs': {
    values: ['server/rules', 'server/manifests', 'server/commandLine.ts', 'server/plainText.ts'],
    types: [],
  },
  'server/lint': {
    values: [
      'server/verbs/errors.ts',
      'server/rules',
      'server/manifests',
      'server/workspace',
      'server/disks/readDiskFile.ts',
      'server/language',
      'server/commandLine.ts',
      'server/plainText.ts',
    ],
    types: [],
  },
  'server/agents': {
    values: ['server/rules', 'server/manifests', 'server/workspace', 'server/cloud', 'server/lint'],
    types: [],
  },
  'server/mcp': { values: ['server/agents', 'server/version.ts'], types: [] },
  'server/commands': {
    values: [
      'server/verbs',
      'server/agents',
      'server/mcp',
      'server/rules',
      'server/manifests',
      'server/workspace',
      'server/disks',
      'server/cloud',
      'server/language',
      'server/lint',
      'server/commandLine.ts',
      'server/entry.ts',
      'server/folders.ts',
      'server/system.ts',
      'server/plainText.ts',
      'server/version.ts',
      'schemas',
    ],
    types: [],
  },
  'server/testing': {
    values: ['server/commands', 'server/cloud', 'server/rules', 'server/commandLine.ts', 'server/entry.ts'],
    types: [],
  },
  'server/emulator': {
    values: [
      'server/collectMemory.ts',
      'server/verbs',
      'server/rules',
      'server/disks',
      'server/commandLine.ts',
      'server/entry.ts',
      'server/folders.ts',
      'server/system.ts',
      'server/plainText.ts',
      'server/version.ts',
      'schemas',
    ],
    types: [],
  },
  client: {
    values: [
      'server/agents',
      'server/lint/judge.ts',
      'server/rules',
      'server/manifests',
      'server/workspace',
      'server/disks',
      'server/cloud',
      'server/folders.ts',
      'server/system.ts',
      'server/plainText.ts',
    ],
    types: ['server/language/protocol.ts', 'server/commands/rehearsal.ts'],
  },
};

const breaches: string[] = [];
for (const file of sources(['client', 'server', 'test', 'packaging'])) {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n').length - 1;
  if (lines > maximumLines) breaches.push(`${file}: ${lines} lines; the limit is ${maximumLines}.`);
  checkImports(file, text);
  checkPage(file, text);
  checkProfiles(file, text);
  checkFunctions(file, text);
  checkPlatform(file, text);
}
const ours = sources(['client', 'server']).map(
  (file) => [file, readFileSync(join(root, file), 'utf8')] as const,
);
for (const circle of findCircles(new Map(ours)))
  breaches.push(`These import each other: ${circle.join(', ')}.`);
breaches.push(...readClient().flatMap(listUntranslated));
for (const [, test = ''] of readFileSync(join(root, 'server', 'THREATS.md'), 'utf8').matchAll(
  /`(test\/[\w/]+)/g,
))
  if (!existsSync(join(root, `${test}.test.ts`)) && !existsSync(join(root, test)))
    breaches.push(`server/THREATS.md: there is no ${test}.`);
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exit(1);
console.log('Import directions, circles, lengths and translations hold.');

function checkImports(file: string, text: string): void {
  const folder = areaOf(file);
  const rule = allowed[folder];
  for (const match of text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/gm,
  )) {
    const target = match[2] ?? match[3] ?? '';
    if (target === 'vscode' && folder !== 'client' && !file.startsWith('test/workbench/')) {
      breaches.push(`${file}: only client/ may import 'vscode'.`);
    }
    if (!rule || !target.startsWith('.')) continue;
    const path = normalize(join(dirname(file), target)).replaceAll('\\', '/');
    const area = areaOf(path);
    const typeOnly = match[1] !== undefined;
    const fits =
      area === folder ||
      rule.values.includes(area) ||
      rule.values.includes(path) ||
      (typeOnly && (rule.types.includes(area) || rule.types.includes(path)));
    if (!fits) breaches.push(`${file}: ${folder} may not import ${path}.`);
  }
}

function checkFunctions(file: string, text: string): void {
  if (file.startsWith('test/')) return;
  const lines = text.split('\n');
  for (const { name, line, own } of findLongFunctions(file, text, maximumFunctionLines)) {
    const above = lines.slice(Math.max(0, line - 8), line).join('\n');
    if (!/\bLong, since\b/.test(above))
      breaches.push(
        `${file}:${line}: ${name} has ${own} lines of its own; the limit is ${maximumFunctionLines}.`,
      );
  }
}

/** Code asks a profile for its capabilities; only the table knows which profile has them. */
function checkProfiles(file: string, text: string): void {
  if (file.startsWith('test/') || file.startsWith('server/rules/profile/')) return;
  for (const [index, line] of text.split('\n').entries())
    if (
      /profile\??\.name\]? *[!=]==|\[[\w.]*profile\.name\]|(?<!vendor )[!=]== '(?:rackspace|openstack)'/i.test(
        line,
      )
    )
      breaches.push(`${file}:${index + 1}: asks for a profile's name instead of a capability.`);
}

/** What a web worker is to run knows no platform, but for the files that are its door to Node. */
function checkPlatform(file: string, text: string): void {
  const portable = /^server\/(?:rules|manifests|workspace|language)\//.test(file);
  const door = /^server\/(?:language\/(?:main|start|nodePlatform)|workspace\/nodeFiles)\.ts$/.test(file);
  const found = /'node:[\w/]+'|'[\w-]+\/node'|\b(?:Buffer|process)\.\w+|\bNodeJS\.\w+/.exec(text);
  if (portable && !door && found) breaches.push(`${file}: ${found[0]} is there in Node only.`);
  if (/^(?:client|server)\//.test(file) && file !== 'server/system.ts' && text.includes('process.platform'))
    breaches.push(`${file}: what systems do otherwise stands in server/system.ts.`);
}

/**
 * A page runs in a webview: it knows other pages' parts, what both sides share, and pure text, but neither editor nor Node.
 * Types it may take from anywhere; the host takes nothing of a page.
 */
function checkPage(file: string, text: string): void {
  const inPage = /^client\/\w+\/page\//;
  const shared =
    /^(?:client\/\w+\/protocol\.ts|client\/ui\/units\.ts|server\/disks\/blockStates\.ts|@vscode\/l10n)$/;
  for (const [, type, from, late] of text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/gm,
  )) {
    const target = from ?? late ?? '';
    const path = target.startsWith('.')
      ? normalize(join(dirname(file), target)).replaceAll('\\', '/')
      : target;
    if ((inPage.test(file) || shared.test(file)) && !type && !inPage.test(path) && !shared.test(path))
      breaches.push(`${file}: a page may not import ${path}.`);
    if (!inPage.test(file) && !file.startsWith('test/') && inPage.test(path))
      breaches.push(`${file}: what runs in a page is not imported outside of one.`);
  }
}

function areaOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'server' && !second.endsWith('.ts') ? `server/${second}` : first;
}

function sources(folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
}
