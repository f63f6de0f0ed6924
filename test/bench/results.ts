import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

/** A line of the table: the part of the bench that measured it, and its cells. */
interface Line {
  readonly part: string;
  readonly cells: readonly string[];
}

const lines: Line[] = [];
let now = '';
let missed = 0;

/** What is kept from now on is of this part. */
export function beginPart(name: string): void {
  now = name;
}

/** Keeps figures for the table at the end. */
export function record(...measured: readonly Figure[]): void {
  const date = new Date().toISOString().slice(0, 10);
  for (const figure of measured) {
    const { what, value, unit, most, least, peer = '' } = figure;
    const target = most === undefined ? (least === undefined ? '' : `≥ ${least}`) : `≤ ${most}`;
    const met = judge(figure);
    if (met === no) missed += 1;
    const cells = [what, `${round(value)} ${unit}`.trim(), target, met, peer.replaceAll('|', 'and'), date];
    lines.push({ part: now, cells });
  }
}

/** The table as Markdown. */
function renderTable(rows: readonly Line[]): string {
  const header = ['part', 'what', 'measured', 'target', 'met', 'beside it', 'on'];
  const all = [header, ...rows.map(({ part, cells }) => [part, ...cells])];
  const widths = header.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return all
    .flatMap((row, at) =>
      at === 0 ? [line(row), line(widths.map((width) => '-'.repeat(width)))] : line(row),
    )
    .join('\n');
}

const no = '**no**';

function judge({ value, most, least }: Figure): string {
  if (most === undefined && least === undefined) return '';
  return value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY)
    ? 'yes'
    : no;
}

/** Two figures are enough to compare, three where the first is a one. */
function round(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

const path = join(import.meta.dirname, 'RESULTS.md');

/** Prints the table of this run, and puts it into RESULTS.md in place of what the file had of these parts on this machine. */
export function reportFigures(parts: readonly string[]): void {
  console.log(`\n${renderTable(lines)}\nTargets missed: ${missed}.`);
  const machine = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const measured = new Set(lines.map(({ part }) => part));
  const kept = readLines(machine).filter(({ part }) => !measured.has(part));
  const all = parts.flatMap((part) => [...lines, ...kept].filter((line) => line.part === part));
  writeFileSync(
    path,
    `# Results of \`npm run bench\`

${machine}.

Each part was measured as a whole, with its peers, on the day that stands behind it. Times are of CPU where it says so, else of
the clock.

${renderTable(all)}
`,
  );
}

/** What the file has of this machine. */
function readLines(machine: string): Line[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (!text.includes(`\n${machine}.\n`)) return [];
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) => {
    const [part = '', ...cells] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { part, cells };
  });
}
