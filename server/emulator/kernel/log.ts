import { printable } from '../../plainText.ts';

/** One readable line on stderr for each thing worth telling. */
export interface Log {
  info(text: string): void;
  /** Logs what works and asks for somebody's attention. */
  warn(text: string): void;
  error(text: string, error: unknown): void;
}

/** With `isQuiet` nothing is told that needs no attention. */
export function createLog(write: (line: string) => void, isQuiet = false): Log {
  const line = (level: string, text: string) =>
    write(`${new Date().toISOString()} ${level} ${printable(text)}\n`);
  return {
    info: (text) => (isQuiet ? undefined : line('info ', inOneLine(text))),
    warn: (text) => line('warn ', inOneLine(text)),
    error: (text, error) =>
      line(
        'error',
        `${inOneLine(text)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ),
  };
}

/** Names that clients chose stand in it, which must not begin a line of their own. */
export function inOneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n');
}
