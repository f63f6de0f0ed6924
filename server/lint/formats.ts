import type { Paint } from '../commandLine.ts';
import { rules } from '../rules/evaluate.ts';
import type { LintFinding, Report } from './judge.ts';

export const formats = { stylish, json, sarif, github, junit } as const;
export type Format = keyof typeof formats;

export function render(format: Format, reports: readonly Report[]): string {
  return formats[format](reports);
}

/** Hints are for the editor: the other formats are read by people and gates. */
function shown({ findings }: Report): LintFinding[] {
  return findings.filter(({ severity }) => severity !== 'hint');
}

function stylish(reports: readonly Report[]): string {
  const blocks = reports.flatMap((report) => {
    const lines = shown(report).map(
      ({ line, column, severity, message, rule }) =>
        `  ${`${line}:${column}`.padEnd(8)}${severity.padEnd(13)}${oneLine(message)}  ${rule}`,
    );
    return lines.length > 0 ? [`${report.path}\n${lines.join('\n')}\n`] : [];
  });
  const count = (severity: string): string => {
    const { length } = reports.flatMap(shown).filter((finding) => finding.severity === severity);
    return `${length} ${severity}${length === 1 ? '' : 's'}`;
  };
  const files = `${reports.length} ${reports.length === 1 ? 'manifest' : 'manifests'}`;
  const sum = (of: 'fixable' | 'fixed'): number => reports.reduce((total, report) => total + report[of], 0);
  const [fixable, fixed] = [sum('fixable'), sum('fixed')];
  const remedy = `${fixable > 0 ? `; ${fixable} fixable with --fix` : ''}${fixed > 0 ? `; ${fixed} fixed` : ''}`;
  return `${blocks.join('\n')}${blocks.length > 0 ? '\n' : ''}${files}: ${count('error')}, ${count('warning')}${remedy}\n`;
}

const severityColors = { error: 'red', warning: 'yellow', information: 'blue' } as const;

/** Colors a report of the style of people: severities, paths and rules. */
export function colorReport(text: string, paint: Paint): string {
  return text
    .split('\n')
    .map((line, at, { length }) => {
      const [, place, severity, message, rule] =
        /^( {2}\d+:\d+ *)(error|warning|information)( .*) (\S+)$/.exec(line) ?? [];
      if (place === undefined) return at === length - 2 ? paint('bold', line) : paint('underline', line);
      const color = severityColors[severity as keyof typeof severityColors];
      return `${paint('dim', place)}${paint(color, severity ?? '')}${message} ${paint('dim', rule ?? '')}`;
    })
    .join('\n');
}

function json(reports: readonly Report[]): string {
  return `${JSON.stringify(reports, null, 2)}\n`;
}

/** SARIF 2.1.0, as code scanning reads it. */
function sarif(reports: readonly Report[]): string {
  const levels = { error: 'error', warning: 'warning', information: 'note', hint: 'note' } as const;
  const results = reports.flatMap((report) =>
    shown(report).map(({ rule, severity, message, line, column, endLine, endColumn }) => ({
      ruleId: rule,
      level: levels[severity],
      message: { text: message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: report.path.replaceAll('\\', '/') },
            region: { startLine: line, startColumn: column, endLine, endColumn },
          },
        },
      ],
    })),
  );
  const driver = {
    name: 'cloud-images',
    rules: rules.map(({ id, summary, source }) => ({
      id,
      shortDescription: { text: summary },
      help: { text: `Source: ${source}.` },
    })),
  };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Workflow commands of GitHub Actions: annotations on the lines of a pull request. */
function github(reports: readonly Report[]): string {
  const commands = { error: 'error', warning: 'warning', information: 'notice', hint: 'notice' } as const;
  const lines = reports.flatMap((report) =>
    shown(report).map(({ rule, severity, message, line, column, endLine, endColumn }) => {
      const place = `file=${property(report.path)},line=${line},col=${column},endLine=${endLine},endColumn=${endColumn}`;
      return `::${commands[severity]} ${place},title=${property(rule)}::${data(message)}\n`;
    }),
  );
  return lines.join('');
}

function junit(reports: readonly Report[]): string {
  const suites = reports.map((report) => {
    const failures = shown(report).filter(({ severity }) => severity === 'error' || severity === 'warning');
    const cases = failures.map(
      ({ rule, message, line, column, severity }) =>
        `    <testcase name="${xml(`${rule} (${line}:${column})`)}" classname="${xml(report.path)}"><failure type="${severity}" message="${xml(oneLine(message))}"/></testcase>\n`,
    );
    const clean = `    <testcase name="manifest" classname="${xml(report.path)}"/>\n`;
    return `  <testsuite name="${xml(report.path)}" tests="${Math.max(cases.length, 1)}" failures="${cases.length}">\n${cases.join('') || clean}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ');
}

/** Escapes of GitHub's workflow commands. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

export function xml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // XML 1.0 cannot hold control characters, not even escaped.
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '?').replace(/[&<>"]/g, (character) => escapes[character] ?? '');
}
