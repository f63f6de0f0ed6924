import { printable } from '../plainText.ts';

/** One readable line on stderr for each thing worth telling. */
export interface Log {
  info(text: string): void;
  error(text: string, error: unknown): void;
}

export function createLog(write: (line: string) => void): Log {
  const line = (level: string, text: string) =>
    write(`${new Date().toISOString()} ${level} ${printable(text)}\n`);
  return {
    info: (text) => line('info ', text),
    error: (text, error) =>
      line('error', `${text}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  };
}
