/** Draws cells of blocks on a canvas, in the colours of the theme. Each state has a pattern too, since colours are not seen by all. */
import { type BlockState, blockStates } from '../../../server/disks/blockStates.ts';
import { isDamage, stateCount } from './blockGrid.ts';

export interface Painter {
  /** Cells that there is room for, and in a row. */
  readonly cells: number;
  readonly columns: number;
  readonly isFilled: boolean;
  /** Measures the room for so many blocks. Tells whether there is any. */
  measure(blocks: number): boolean;
  /** Takes what is in each cell: counts of each state, one cell after the other. */
  fill(counts: Uint32Array): void;
  draw(shown: number, cursor: number, pointed: number | undefined): void;
  drawSwatch(canvas: HTMLCanvasElement, state: BlockState): void;
  cellAt(x: number, y: number): number | undefined;
}

const mostRows = 20;
const smallestCell = 11;
const largestCell = 28;
/** From the bottom of a cell to its top. */
const stacked: readonly BlockState[] = ['allocated', 'parent', 'lost', 'overlapping', 'beyond', 'overTables'];

export function createPainter(canvas: HTMLCanvasElement, board: HTMLElement): Painter {
  let [side, columns, rows, isFilled] = [smallestCell, 1, 1, false];
  let counts: Uint32Array = new Uint32Array(0);
  const paint = paintCells();
  return {
    get cells() {
      return columns * rows;
    },
    get columns() {
      return columns;
    },
    get isFilled() {
      return isFilled;
    },
    measure: (blocks) => {
      const width = board.clientWidth;
      if (width === 0) return false;
      side = Math.max(smallestCell, Math.min(largestCell, Math.floor(Math.sqrt((width * 200) / blocks))));
      columns = Math.max(1, Math.floor(width / side));
      rows = Math.max(1, Math.min(mostRows, Math.ceil(blocks / columns)));
      setSize(canvas, columns * side + 2, rows * side + 2);
      isFilled = false;
      return true;
    },
    fill: (filled) => {
      counts = filled;
      isFilled = true;
    },
    draw: (shown, cursor, pointed) => {
      const pen = startDrawing(canvas);
      const look = readLook(board);
      for (let cell = 0; cell < shown; cell++) {
        const [x, y] = [(cell % columns) * side + 1, Math.floor(cell / columns) * side + 1];
        paint(pen, look, x, y, side, counts.subarray(cell * stateCount, (cell + 1) * stateCount));
      }
      for (const [cell, colour] of [
        [pointed, look.pointed],
        [cursor, look.cursor],
      ] as const) {
        if (cell === undefined || cell < 0 || cell >= shown) continue;
        // Around it the background, so that it is seen on a cell of its own colour, too.
        for (const [stroke, width] of [
          [look.background, 4],
          [colour, 2],
        ] as const) {
          pen.strokeStyle = stroke;
          pen.lineWidth = width;
          pen.strokeRect((cell % columns) * side + 1, Math.floor(cell / columns) * side + 1, side, side);
        }
      }
    },
    drawSwatch: (swatch, state) => {
      setSize(swatch, 14, 14);
      const one = new Uint32Array(stateCount);
      one[blockStates.indexOf(state)] = 1;
      paint(startDrawing(swatch), readLook(board), 1, 1, 12, one);
    },
    cellAt: (x, y) => {
      const [column, row] = [Math.floor((x - 1) / side), Math.floor((y - 1) / side)];
      return column < 0 || row < 0 || column >= columns || row >= rows ? undefined : row * columns + column;
    },
  };
}

/** In CSS pixels; the canvas itself has the screen's. */
function setSize(canvas: HTMLCanvasElement, width: number, height: number): void {
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function startDrawing(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('There is no canvas to draw on.');
  const scale = window.devicePixelRatio;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  return pen;
}

interface Look {
  readonly frame: string;
  readonly background: string;
  readonly cursor: string;
  readonly pointed: string;
  readonly allocated: string;
  readonly parent: string;
  readonly damaged: string;
}

function readLook(board: HTMLElement): Look {
  const style = getComputedStyle(board);
  const read = (name: string): string => style.getPropertyValue(`--block-${name}`).trim() || style.color;
  return {
    frame: read('frame'),
    background: read('background'),
    cursor: read('cursor'),
    pointed: read('pointed'),
    allocated: read('allocated'),
    parent: read('parent'),
    damaged: read('damaged'),
  };
}

type PaintCell = (
  pen: CanvasRenderingContext2D,
  look: Look,
  x: number,
  y: number,
  side: number,
  counts: Uint32Array,
) => void;

/** A cell is filled from its bottom by shares; of damage at least three pixels are seen. */
function paintCells(): PaintCell {
  return (pen, look, x, y, side, counts) => {
    const size = side - 2;
    pen.strokeStyle = look.frame;
    pen.lineWidth = 1;
    pen.strokeRect(x + 0.5, y + 0.5, size, size);
    let total = 0;
    for (const count of counts) total += count;
    let bottom = y + size;
    for (const state of stacked) {
      const count = counts[blockStates.indexOf(state)] ?? 0;
      if (count === 0) continue;
      const least = isDamage(state) ? 3 : 1;
      const height = Math.min(bottom - y - 1, Math.max(least, Math.round((size * count) / total)));
      bottom -= height;
      fillState(pen, look, state, x + 1, bottom, size - 1, height);
    }
  };
}

function fillState(
  pen: CanvasRenderingContext2D,
  look: Look,
  state: BlockState,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const colour = state === 'allocated' ? look.allocated : state === 'parent' ? look.parent : look.damaged;
  pen.fillStyle = colour;
  pen.fillRect(x, y, width, height);
  if (state === 'allocated') return;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = look.background;
  pen.lineWidth = state === 'parent' ? 1.5 : 1;
  pen.beginPath();
  for (const [x1, y1, x2, y2] of strokesOf[state]?.(x, y, width, height) ?? []) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
  pen.restore();
}

type Stroke = readonly [x1: number, y1: number, x2: number, y2: number];
type Strokes = (x: number, y: number, width: number, height: number) => Stroke[];

const rising: Strokes = (x, y, width, height) =>
  range(width + height, 4).map((at): Stroke => [x + at - height, y + height, x + at, y]);
const falling: Strokes = (x, y, width, height) =>
  range(width + height, 4).map((at): Stroke => [x + at - height, y, x + at, y + height]);
const upright: Strokes = (x, y, width, height) =>
  range(width, 3).map((at): Stroke => [x + at + 0.5, y, x + at + 0.5, y + height]);
const level: Strokes = (x, y, width, height) =>
  range(height, 3).map((at): Stroke => [x, y + at + 0.5, x + width, y + at + 0.5]);

/** The lines in a cell of a state, in the colour of the background. */
const strokesOf: Readonly<Partial<Record<BlockState, Strokes>>> = {
  parent: rising,
  overlapping: (...cell) => [...rising(...cell), ...falling(...cell)],
  beyond: upright,
  overTables: level,
  lost: falling,
};

function range(end: number, step: number): number[] {
  return Array.from({ length: Math.ceil(end / step) }, (_, index) => index * step);
}
