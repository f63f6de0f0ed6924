import { type ClientFile, isNode, type SyntaxNode, textOf, walk } from '../tools/clientTexts.ts';

/** Files whose texts stay as they are, with the reason. */
const files: Readonly<Record<string, string>> = {
  'client/agents/tools.ts': 'a language model reads it',
  'client/browser/explainDisk.ts': 'HTML without a word in it',
  'client/commands/copy/writeExchange.ts': 'code that is copied',
  'client/commands/copy/writeRequest.ts': 'code that is copied',
  'client/firstSteps/demoWorkspace.ts': 'content of disks',
  'client/pictures/openPage.ts': 'HTML without a word in it',
};

/** Texts that are names, the same in every language, or that no person reads. */
const names = new Set([
  ...['Cloud Images', '**Cloud Images**', 'OS_* variables', 'Content-Type: …', 'snapshot …', 'VHD, …'],
  'application credential', // as it is kept
  ...['Rackspace', 'OpenStack', 'Red Hat Enterprise Linux', 'Windows Server'],
  // Told to the log alone, since a page is broken then.
  ...['There is no canvas to draw on.', 'There is no ….'],
]);

/** Properties whose text is shown, even if it is one word. */
const shown =
  /^(?:label|description|tooltip|placeHolder|placeholder|title|detail|message|prompt|caption|question|about|doing|plural|aria-label)$/;

/** Calls whose texts are shown, even if each is one word. */
const shows = /(?:^|\.)(?:ui\.\w+|window\.(?:show\w+|setStatusBarMessage)|TreeItem|Remediable|announce)$/;

/** Calls whose texts are for the log, for VS Code or for another program. */
const hidden =
  /(?:^|[.#])(?:log|info|warn|error|debug|note|executeCommand|includes|startsWith|endsWith|getConfiguration|createOutputChannel|ThemeIcon|ThemeColor|RegExp|TypeError|getContext|querySelectorAll|write)$/;

/** Properties whose text is for VS Code, a cloud or a program. */
const internal = /^(?:contextValue|class|command|method|python|icon|member)$/;

/** Files that are loaded before the translations are there. */
const early = /^client\/(?:\w+\/page|browser|ui\/units)/;

/** Lists the texts of a file that a person reads as they stand in the code, in English whatever the editor's language is, or that it asks for too early. */
export function listUntranslated({ path, source, program }: ClientFile): string[] {
  if (path in files) return [];
  const found: string[] = [];
  const complain = ({ start }: SyntaxNode, text: string, what: string): void => {
    found.push(`${path}:${source.slice(0, start).split('\n').length}: “${text}” ${what}`);
  };
  walk(program, (node, around) => {
    if (/^(?:Import|TSLiteral|TSTemplate|TSEnum)/.test(node.type)) return true;
    const translated = textOf(node);
    if (translated !== undefined) {
      if (early.test(path) && !around.some(({ type }) => /Function|PropertyDefinition/.test(type)))
        complain(node, translated, 'is asked for before the translations are there: make it a function.');
      return node.type === 'CallExpression';
    }
    if (isHidden(node)) return true;
    const text = readText(node);
    if (text !== undefined && isShown(text, node, around))
      complain(node, text, 'is not translated: give it to t.');
    return false;
  });
  return found;
}

/** The words of a text, with `…` for each of its values; nothing of other nodes, and of what has no word. */
function readText(node: SyntaxNode): string | undefined {
  const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[] | undefined;
  const text = quasis ? quasis.map(({ value }) => value.cooked).join('…') : node['value'];
  if (typeof text !== 'string' || /^(?:https?:|\*\.)/.test(text)) return undefined;
  return /[A-Za-z]{2}/.test(text.replace(/\$\([^)]*\)/g, '')) ? text : undefined;
}

/** Tells whether the node is a call, or a property, whose texts no person reads. */
function isHidden(node: SyntaxNode): boolean {
  if (node.type === 'Property') return internal.test(nameOf(node['key']));
  if (node.type === 'AssignmentExpression') return nameOf(node['left']).endsWith('.contextValue');
  return isCall(node) && hidden.test(nameOf(node['callee']));
}

function isShown(text: string, node: SyntaxNode, around: readonly SyntaxNode[]): boolean {
  const parent = around.at(-1);
  if (!parent || names.has(text) || textOf(parent) !== undefined) return false;
  if (parent.type === 'Property' && parent['key'] === node) return false;
  if (
    parent.type === 'BinaryExpression' ||
    parent.type === 'SwitchCase' ||
    parent.type === 'ExpressionStatement'
  )
    return false;
  if (/[a-z”’)\].,:…] [A-Za-z“(…]/.test(text)) return true;
  // A word alone is shown by where it stands.
  const place = around.findLast(({ type }) => !/^(?:Conditional|Logical|Array|TSAs)Expression$/.test(type));
  if (!place) return false;
  if (place.type === 'Property' || place.type === 'PropertyDefinition')
    return shown.test(nameOf(place['key'])) && !/^[a-z]+$/.test(text);
  return isCall(place) && shows.test(nameOf(place['callee']));
}

function isCall({ type }: SyntaxNode): boolean {
  return type === 'CallExpression' || type === 'NewExpression';
}

/** `a.#b.c` of a path of names, or the text of a key. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'MemberExpression') return `${nameOf(node['object'])}.${nameOf(node['property'])}`;
  if (node.type === 'ThisExpression') return 'this';
  if (isCall(node)) return `${nameOf(node['callee'])}()`;
  return String(node['name'] ?? node['value'] ?? '');
}
