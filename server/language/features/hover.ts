import { imageTest, isImageTest } from '../../manifests/kinds.ts';
import { pathAt } from '../../manifests/nodes.ts';
import { codeSpan, escapeMarkdown } from '../../plainText.ts';
import type { DiskFacts, Facts } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import { exactBytes, gigabytes } from '../../rules/service/answers.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import { readPath } from '../../rules/service/patchBody.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { describeStep, previewOf } from '../analysis/patchPreview.ts';
import { imageTerm, termFor, type Worded, withinImage } from '../analysis/vocabulary.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

interface Hover {
  readonly start: number;
  readonly end: number;
  readonly markdown: string;
}

export const hover: Feature = ({ connection, analyses }) => {
  connection.onHover(async ({ textDocument, position }) => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return null;
    const { document, analysis } = analyzed;
    const found = describeAt(analysis, document.offsetAt(position));
    if (!found) return null;
    const { start, end, markdown } = found;
    return { range: toRange(document, start, end), contents: { kind: 'markdown', value: markdown } };
  });
  return () => ({ hoverProvider: true });
};

/** Explains the key or value at an offset, with what is known of it. */
function describeAt(analysis: Analysis, offset: number): Hover | undefined {
  const index = analysis.file.documents.findIndex(({ start, end }) => offset >= start && offset <= end);
  const document = analysis.file.documents[index];
  const facts = analysis.facts[index];
  const kind = isImageTest(analysis.file.path) ? imageTest : document?.kind;
  if (!document?.root || !kind || !facts) return undefined;
  const { steps, onKey } = pathAt(document.root, offset);
  const last = steps.at(-1);
  if (!last?.member) return undefined;
  const path = steps.flatMap(({ member }) => (member ? [member.token] : []));
  const preview = previewOf(document, facts);
  const step = preview && typeof path[0] === 'number' ? describeStep(preview, path[0], facts) : undefined;
  // The operation's own before and after say what the live value was.
  const known = step === undefined ? facts : { profile: facts.profile };
  const meaning = describe(kind, path, last.node.value ?? null, onKey, known);
  const markdown = [meaning, step].filter((part) => part !== undefined).join('\n\n');
  const place = (onKey && last.member.key) || last.node;
  return markdown ? { start: place.start, end: place.end, markdown } : undefined;
}

function describe(
  kind: Worded,
  path: readonly (string | number)[],
  value: Json,
  onKey: boolean,
  facts: Facts,
): string | undefined {
  const name = path.at(-1);
  if (kind === 'import' && name === 'import_from' && !onKey && facts.disk && facts.disk !== 'missing')
    return diskSummary(facts.disk);
  if (kind === 'patch' && name === 'path' && !onKey && typeof value === 'string')
    return describeProperty(readPath(value), facts);
  const ofImage = kind === 'image' && withinImage(path).length === 1 && isOfImage(name, value);
  if (ofImage && typeof name === 'string' && onKey) return describeProperty(name, facts);
  const isTag = path.at(-2) === 'tags' || (kind === 'patch' && path.at(-2) === 'value');
  if (isTag && typeof value === 'string')
    return `Tag: images with it are listed by \`GET /v2/images?tag=${encodeURIComponent(value)}\`.`;
  const term = termFor(kind, path, facts.profile);
  return term?.description ? `**${term.name}**: ${term.description}` : undefined;
}

/** Tells a property from a member of its name that this program reads, which is no text. */
function isOfImage(name: string | number | undefined, value: Json): boolean {
  return typeof value === 'string' || !(name === 'source' || name === 'rotation');
}

/** An attribute or property of an image: its meaning, whether it may be changed, and its live value. */
function describeProperty(name: string, { profile, image }: Facts): string {
  const term = imageTerm(name, profile);
  const lines = [
    `**${escapeMarkdown(name)}**: ${term?.description ?? (classOf(name) === 'custom' ? 'a property of your own; its value is a string.' : '')}`,
  ];
  if (isProtected(name, profile)) lines.push('Protected: only the service sets it; a change answers 403.');
  else if (classOf(name) === 'read-only') lines.push('Read-only: a change answers 403.');
  if (image)
    lines.push(
      image.has(name)
        ? `Live value: ${codeSpan(JSON.stringify(image.get(name)))}`
        : 'The live image does not have it.',
    );
  return lines.join('\n\n');
}

function diskSummary({ name, format, physicalSize, vhd }: DiskFacts): string {
  if (!vhd) return `**${escapeMarkdown(name)}**: ${format}, ${exactBytes(physicalSize)}. Not a VHD.`;
  const type = { 2: 'fixed', 3: 'dynamic', 4: 'differencing' }[vhd.type] ?? `of type ${vhd.type}`;
  const guest = vhd.guest.layout ? `\n- guest: ${escapeMarkdown(vhd.guest.layout)}` : '';
  return `**${escapeMarkdown(name)}**: ${type} VHD\n- virtual size: ${gigabytes(vhd.virtualSize)} (${exactBytes(vhd.virtualSize)})\n- physical size: ${exactBytes(physicalSize)}\n- creator: ${codeSpan(vhd.creator)}${guest}`;
}
