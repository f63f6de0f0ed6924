/** One readable line on stderr for each thing worth telling. */
export interface Log {
  info(text: string): void;
  /** What works and asks for somebody's attention. */
  warn(text: string): void;
  error(text: string, error: unknown): void;
}

export function createLog(write: (line: string) => void): Log {
  const line = (level: string, text: string) => write(`${new Date().toISOString()} ${level} ${text}\n`);
  return {
    info: (text) => line('info ', printable(text)),
    warn: (text) => line('warn ', printable(text)),
    error: (text, error) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      line('error', `${text}: ${why}`.split('\n').map(printable).join('\n'));
    },
  };
}

/** Names that clients chose stand in it: what would steer a terminal or hide is shown by its number. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
