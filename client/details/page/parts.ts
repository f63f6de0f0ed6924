import { t } from '@vscode/l10n';
import { type Child, descriptionList, element, figure, svgElement, table } from '../../pictures/page/dom.ts';
import type { Cell, Fact, Part, Strip } from '../protocol.ts';
import { drawTimeLine } from './timeLine.ts';

/** What happens at a click. */
export interface Links {
  open(what: string): void;
  copy(text: string): void;
  /** The picture of that name, which stays the same however often the page is drawn. */
  blocks(id: string, caption: string): HTMLElement;
}

export function drawPart(id: string, part: Part, links: Links): HTMLElement {
  switch (part.kind) {
    case 'words':
      return element('p', part.tone ? { class: `tone-${part.tone}` } : {}, part.text);
    case 'facts':
      return descriptionList(part.rows.map((fact, at) => [fact.label, drawFact(`${id}-${at}`, fact, links)]));
    case 'table':
      return table({
        caption: part.caption,
        columns: part.head,
        rows: part.rows.map((row, at) =>
          row.map((cell, column) => drawCell(`${id}-${at}-${column}`, cell, links)),
        ),
      });
    case 'timeLine':
      return drawTimeLine(id, part);
    case 'strip':
      return drawStrip(id, part, links);
    case 'blocks':
      return links.blocks(part.id, part.caption);
  }
}

function drawFact(id: string, { label, value, about, copies, tone }: Fact, links: Links): HTMLElement {
  const copy = (): void => links.copy(value);
  return element(
    'div',
    {},
    element('span', tone ? { class: `tone-${tone}` } : {}, value),
    copies
      ? element(
          'button',
          { id, type: 'button', class: 'copy secondary', 'aria-label': t`Copy ${label}`, onclick: copy },
          t('Copy'),
        )
      : undefined,
    about === undefined ? undefined : element('p', { class: 'note' }, about),
  );
}

function drawCell(id: string, cell: Cell, links: Links): Child {
  if (typeof cell === 'string') return cell;
  const { text, open, tone } = cell;
  const look = tone ? ` tone-${tone}` : '';
  if (open !== undefined)
    return element(
      'button',
      { id, type: 'button', class: `link${look}`, onclick: () => links.open(open) },
      text,
    );
  return element('span', { class: look.trim() }, text);
}

/** Segments as wide as they are large; a gap is hatched, not told by its colour alone. */
function drawStrip(id: string, { caption, head, pieces }: Strip, links: Links): HTMLElement {
  const least = 0.006;
  let at = 0;
  const total = pieces.reduce((sum, { share }) => sum + Math.max(share, least), 0);
  const rectangles = pieces.map(({ share, state }) => {
    const width = Math.max(share, least) / total;
    const rectangle = svgElement('rect', {
      x: at * 1000,
      y: 1,
      width: Math.max(1, width * 1000 - (pieces.length > 1 ? 2 : 0)),
      height: 38,
      class: `piece ${state}`,
    });
    at += width;
    return rectangle;
  });
  return figure(
    id,
    caption,
    svgElement(
      'svg',
      { viewBox: '0 0 1000 40', preserveAspectRatio: 'none', class: 'strip', 'aria-hidden': 'true' },
      ...rectangles,
    ),
    table({
      caption,
      columns: head,
      rows: pieces.map(({ cells }, row) =>
        cells.map((cell, column) => drawCell(`${id}-${row}-${column}`, cell, links)),
      ),
    }),
  );
}
