import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Figure {
  /** What was measured, and of what. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it is to be: at most, or at least. None where nothing was promised. */
  readonly most?: number;
  readonly least?: number;
  /** Who did the same in this run, and what it was there. */
  readonly peer?: string;
}

const figures: { readonly area: string; readonly figure: Figure }[] = [];

/** Keeps a figure for the table at the end. */
export function record(area: string, ...measured: readonly Figure[]): void {
  figures.push(...measured.map((figure) => ({ area, figure })));
}

/** The table of all figures that were kept, as Markdown. */
function renderTable(): string {
  const rows = figures.map(({ area, figure }) => {
    const { what, value, unit, most, least, peer = '' } = figure;
    const target = most === undefined ? (least === undefined ? '' : `≥ ${least}`) : `≤ ${most}`;
    return [area, what, `${round(value)} ${unit}`.trim(), target, judge(figure), peer];
  });
  const header = ['', 'what', 'measured', 'target', 'met', 'beside it'];
  const all = [header, ...rows];
  const widths = header.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function judge({ value, most, least }: Figure): string {
  if (most === undefined && least === undefined) return '';
  return value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY)
    ? 'yes'
    : '**no**';
}

/** Two figures are enough to compare, three where the first is a one. */
function round(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Prints the table; of a run of everything writes it to RESULTS.md, too. */
export function reportFigures(isWhole: boolean): void {
  const table = renderTable();
  console.log(`\n${table}`);
  if (!isWhole) return;
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const missed = figures.filter(({ figure }) => judge(figure) === '**no**').length;
  writeFileSync(
    join(import.meta.dirname, 'RESULTS.md'),
    `# Results of \`npm run bench\`

${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${machine}.
Peers ran in the same run. Times are of CPU where it says so, else of the clock. ${missed === 0 ? 'Every target was met.' : `${missed} targets were missed.`}

${table}
`,
  );
}
