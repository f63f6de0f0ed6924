/** The picture of a disk's blocks: a canvas of cells, its legend, a cursor for mouse and keyboard, and the table behind it. */
import { t } from '@vscode/l10n';
import type { BlockMap } from '../../../server/disks/blockStates.ts';
import { formatSize } from '../../ui/units.ts';
import { type BlockGrid, fitView, type GridView, openGrid, wholeView, zoomView } from './blockGrid.ts';
import { createPainter, type Painter } from './blockPainter.ts';
import {
  countOf,
  describeBlocks,
  formatNumber,
  listStates,
  stateMeanings,
  stateNames,
  tabulateBlocks,
} from './blockWords.ts';
import { announce, element, replaceContent, table } from './dom.ts';

/** What a page keeps of a block map while it is hidden. */
export interface KeptBlockView extends GridView {
  readonly cursor: number;
}

export interface BlockMapPicture {
  /** A figure, to be put into the page once; it may be put in again. */
  readonly element: HTMLElement;
  show(map: BlockMap, caption: string): void;
}

/** Makes the picture; `keep` is told how it is looked at, and `kept` is what it was told last. */
export function createBlockMap(
  id: string,
  kept: Partial<KeptBlockView> | undefined,
  keep: (view: KeptBlockView) => void,
): BlockMapPicture {
  const picture = new Picture(id, { first: 0, perCell: Number.MAX_SAFE_INTEGER, cursor: 0, ...kept }, keep);
  return { element: picture.figure, show: (map, caption) => picture.show(map, caption) };
}

class Picture {
  readonly figure: HTMLElement;
  readonly #id: string;
  readonly #keep: (view: KeptBlockView) => void;
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #board: HTMLElement;
  readonly #caption: HTMLElement;
  readonly #told = element('p', { class: 'told' });
  readonly #scale = element('p', { class: 'note' });
  readonly #keys: HTMLElement;
  readonly #legend = element('ul', { class: 'legend' });
  readonly #controls = element('div', { class: 'buttons' });
  readonly #table: HTMLElement;
  readonly #painter: Painter;
  #view: KeptBlockView;
  #grid: BlockGrid | undefined;
  #pointed: number | undefined;

  constructor(id: string, view: KeptBlockView, keep: (view: KeptBlockView) => void) {
    this.#id = id;
    this.#view = view;
    this.#keep = keep;
    this.#caption = element('figcaption', { id: `${id}-caption` });
    this.#keys = element('p', { id: `${id}-keys`, class: 'note' });
    this.#board = element(
      'div',
      {
        ...{ id: `${id}-board`, class: 'block-map', role: 'slider', tabindex: 0 },
        ...{ 'aria-labelledby': `${id}-caption`, 'aria-describedby': `${id}-keys` },
        ...{ 'aria-orientation': 'horizontal', 'aria-valuemin': 0 },
        onkeydown: (event) => this.#press(event as KeyboardEvent),
        onpointermove: (event) => this.#point(this.#blockAt(event as PointerEvent)),
        onpointerleave: () => this.#point(undefined),
        onpointerdown: (event) => this.#moveTo(this.#blockAt(event as PointerEvent) ?? this.#view.cursor),
        ondblclick: () => this.#zoom(1),
      },
      this.#canvas,
    );
    this.#table = element('details', { id: `${id}-table` });
    this.figure = element(
      'figure',
      { id, 'aria-labelledby': `${id}-caption` },
      ...[
        this.#caption,
        this.#legend,
        this.#board,
        this.#told,
        this.#controls,
        this.#scale,
        this.#keys,
        this.#table,
      ],
    );
    this.#painter = createPainter(this.#canvas, this.#board);
    new ResizeObserver(() => this.#lay()).observe(this.#board);
    const themes = new MutationObserver(() => this.#lay());
    themes.observe(document.body, { attributeFilter: ['class'] });
    themes.observe(document.documentElement, { attributeFilter: ['style'] });
  }

  show(map: BlockMap, caption: string): void {
    const grid = openGrid(map);
    this.#grid = grid;
    this.#caption.textContent = caption;
    this.#view = { ...this.#view, cursor: Math.min(this.#view.cursor, Math.max(0, grid.blocks - 1)) };
    this.#board.setAttribute('aria-valuemax', String(Math.max(0, grid.blocks - 1)));
    const isOpen = this.#table.hasAttribute('open');
    this.#table.replaceChildren(
      element('summary', { id: `${this.#id}-summary` }, t('Show as table')),
      table(tabulateBlocks(grid, caption)),
    );
    this.#table.toggleAttribute('open', isOpen);
    this.#lay();
  }

  /** Lays the cells out anew: for other blocks, or in another width. */
  #lay(): void {
    const grid = this.#grid;
    if (!grid || !this.#painter.measure(grid.blocks)) return;
    const { cells, columns } = this.#painter;
    const { cursor } = this.#view;
    this.#see({ ...fitView(this.#view, grid.blocks, cells, columns, cursor), cursor });
    this.#drawLegend(grid);
  }

  #see(view: KeptBlockView): void {
    const grid = this.#grid;
    if (!grid) return;
    const isAsBefore = view.first === this.#view.first && view.perCell === this.#view.perCell;
    this.#view = view;
    if (!isAsBefore || !this.#painter.isFilled)
      this.#painter.fill(grid.countCells(view.first, view.perCell, this.#painter.cells));
    this.#draw();
    this.#tell();
    this.#keep(view);
  }

  #draw(): void {
    const { first, perCell, cursor } = this.#view;
    const cellOf = (block: number): number => Math.floor((block - first) / perCell);
    const grid = this.#grid;
    if (!grid) return;
    const shown = Math.min(this.#painter.cells, Math.ceil((grid.blocks - first) / perCell));
    const pointed = this.#pointed === undefined ? undefined : cellOf(this.#pointed);
    this.#painter.draw(shown, cellOf(cursor), pointed);
  }

  /** Says what is pointed at, or else what is under the cursor. */
  #tell(): void {
    const grid = this.#grid;
    if (!grid) return;
    const { cursor, perCell } = this.#view;
    this.#told.textContent = this.#describe(grid, this.#pointed ?? cursor);
    this.#board.setAttribute('aria-valuenow', String(cursor));
    this.#board.setAttribute('aria-valuetext', this.#describe(grid, cursor));
    const most = wholeView(grid.blocks, this.#painter.cells).perCell;
    const inCell = formatSize(perCell * grid.map.blockSize);
    this.#scale.textContent =
      perCell === 1
        ? t`A cell is a block of ${inCell}.`
        : t`A cell is ${formatNumber(perCell)} blocks, ${inCell} of the disk.`;
    this.#keys.textContent =
      most === 1 ? t('Arrow keys move the cursor.') : t('Arrow keys move the cursor, + and − zoom.');
    this.#drawControls(grid, most);
  }

  #describe(grid: BlockGrid, block: number): string {
    const { first, perCell } = this.#view;
    const start = block - ((block - first) % perCell);
    return describeBlocks(grid, { first: start, end: Math.min(grid.blocks, start + perCell) });
  }

  #drawControls(grid: BlockGrid, most: number): void {
    const damage = grid.nextDamaged(this.#view.cursor);
    const { perCell } = this.#view;
    const control = (name: string, label: string, isUseful: boolean, act: () => void): HTMLElement =>
      element(
        'button',
        {
          ...{
            id: `${this.#id}-${name}`,
            type: 'button',
            class: 'secondary',
            onclick: isUseful ? act : undefined,
          },
          ...(isUseful ? {} : { 'aria-disabled': 'true' }),
        },
        label,
      );
    replaceContent(
      this.#controls,
      ...(most === 1
        ? []
        : [
            control('in', t('Zoom In'), perCell > 1, () => this.#zoom(1)),
            control('out', t('Zoom Out'), perCell < most, () => this.#zoom(-1)),
          ]),
      damage === undefined
        ? undefined
        : control('damage', t('Next Damaged Block'), true, () => {
            this.#moveTo(damage);
            announce(this.#board.getAttribute('aria-valuetext') ?? '');
          }),
    );
  }

  #drawLegend({ counts, map }: BlockGrid): void {
    this.#legend.replaceChildren(
      ...listStates(counts).map((state) => {
        const swatch = element('canvas', { 'aria-hidden': 'true' });
        this.#painter.drawSwatch(swatch, state);
        const count = countOf(counts, state);
        const size = formatSize(Math.min(count * map.blockSize, map.virtualSize));
        return element(
          'li',
          {},
          swatch,
          ` ${stateNames()[state]}: ${formatNumber(count)} (${size}), ${stateMeanings()[state]}`,
        );
      }),
    );
  }

  #zoom(by: number): void {
    const grid = this.#grid;
    if (!grid) return;
    const { cells, columns } = this.#painter;
    const { cursor } = this.#view;
    this.#see({ ...zoomView(this.#view, by, grid.blocks, cells, columns, cursor), cursor });
    announce(this.#scale.textContent ?? '');
  }

  #moveTo(block: number): void {
    const grid = this.#grid;
    if (!grid) return;
    const cursor = Math.max(0, Math.min(grid.blocks - 1, block));
    const { cells, columns } = this.#painter;
    this.#see({ ...fitView(this.#view, grid.blocks, cells, columns, cursor), cursor });
  }

  #point(block: number | undefined): void {
    if (this.#pointed === block) return;
    this.#pointed = block;
    this.#draw();
    const grid = this.#grid;
    if (grid) this.#told.textContent = this.#describe(grid, block ?? this.#view.cursor);
  }

  #blockAt(event: PointerEvent): number | undefined {
    const cell = this.#painter.cellAt(event.offsetX, event.offsetY);
    const { first, perCell } = this.#view;
    const block = cell === undefined ? undefined : first + cell * perCell;
    return block !== undefined && this.#grid && block < this.#grid.blocks ? block : undefined;
  }

  #press(event: KeyboardEvent): void {
    const { cursor, perCell } = this.#view;
    const { columns, cells } = this.#painter;
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns },
      ...{ PageUp: -cells, PageDown: cells },
    };
    const step = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) this.#moveTo(cursor + step * perCell);
    else if (event.key === 'Home') this.#moveTo(0);
    else if (event.key === 'End') this.#moveTo(Number.MAX_SAFE_INTEGER);
    else if (event.key === '+' || event.key === '=') this.#zoom(1);
    else if (event.key === '-') this.#zoom(-1);
    else return;
    event.preventDefault();
  }
}
