/** The styles in which the text stands that a finding is about: read off the text, whatever wrote it. */
import type { PlacedFinding } from '../../server/language/analysis/placedFinding.ts';
import type { ManifestFile } from '../../server/manifests/file.ts';
import { findMember, type ManifestNode } from '../../server/manifests/nodes.ts';
import { tokensOf } from '../../server/rules/json.ts';

export function stylesOf(
  file: ManifestFile,
  { finding, document: index, start, end }: PlacedFinding,
): string[] {
  const { text, format, documents } = file;
  const root = documents[index]?.root;
  const tokens = tokensOf(finding.pointer);
  const found = root && findMember(root, tokens);
  return [...(format === 'yaml' ? yamlStyles() : jsonStyles()), ...fileStyles(file)];

  function yamlStyles(): string[] {
    const source = text.slice(start, end);
    const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const before = text.slice(0, start);
    const isWithin = isAliased(root, tokens, text);
    return [
      isWithin ? 'within an alias' : scalarStyle(source),
      ...(found ? [found.parent.flow ? 'flow collection' : 'block collection'] : []),
      ...(/&\S+[ \t]*$/.test(before) ? ['anchor'] : []),
      ...(/(?:^|\s)![^\s]*[ \t]*(?:&\S+[ \t]*)?$/.test(before) ? ['tag'] : []),
      ...(/^\s*(?:- +)*\?[ \t]/.test(line) || /(?:^|\n)[ \t]*:[ \t][^\n]*$/.test(before)
        ? ['explicit key']
        : []),
      ...(/(?:[:-]|&\S+|!\S+)[ \t]*(?:#[^\n]*)?\r?\n(?:\s*#[^\n]*\n)*[ \t]+$/.test(before) &&
      found?.member.node.type === 'scalar'
        ? ['on the line after its key']
        : []),
    ];
  }

  function jsonStyles(): string[] {
    const source = text.slice(start, end);
    return [
      'JSON',
      ...(/\\/.test(source) ? ['JSON: escapes'] : []),
      ...(/\/\*|\/\/ c/.test(text) ? ['JSON: comments'] : []),
    ];
  }
}

function scalarStyle(source: string): string {
  const header = /^([|>])([-+\d]*)/.exec(source);
  const several = /[\r\n]/.test(source) ? ' of several lines' : '';
  if (header) {
    const chomping = /[-+]/.exec(header[2] ?? '')?.[0] ?? 'clip';
    const name = header[1] === '|' ? 'literal' : 'folded';
    return `${name}, ${{ '-': 'strip', '+': 'keep' }[chomping] ?? chomping}${/\d/.test(header[2] ?? '') ? ', indented' : ''}`;
  }
  if (source.startsWith('"'))
    return /\\/.test(source) ? `double quotes with escapes${several}` : `double quotes${several}`;
  if (source.startsWith("'")) return `single quotes${several}`;
  if (source.startsWith('*')) return 'alias';
  if (/^[[{]/.test(source)) return 'collection in flow style';
  return `plain${several}`;
}

function isAliased(root: ManifestNode | undefined, tokens: readonly string[], text: string): boolean {
  for (let length = 1; length < tokens.length; length++) {
    const node = root && findMember(root, tokens.slice(0, length))?.member.node;
    if (node && text[node.start] === '*') return true;
  }
  return false;
}

function fileStyles({ text, documents, format }: ManifestFile): string[] {
  const of = (name: string, is: boolean) =>
    is ? [`${format === 'json' ? 'JSON file' : 'file'}: ${name}`] : [];
  return [
    ...of('CRLF', text.includes('\r\n')),
    ...of('byte order mark', text.startsWith('\ufeff')),
    ...of('tabs', /[:-]\t|^\t/m.test(text)),
    ...of('comments', format === 'yaml' && /# c\d/.test(text)),
    ...of('several documents', documents.length > 1),
    ...of('%YAML', text.includes('%YAML')),
    ...of('%TAG', text.includes('%TAG')),
    ...of('end of a document', /^\.\.\.\r?$/m.test(text)),
    ...of('merge key', /<<["']?: ?\*/.test(text)),
    ...of('no line break at its end', !/\n$/.test(text)),
  ];
}
