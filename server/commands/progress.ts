import { printable } from '../plainText.ts';

/** One line on a terminal that says how far something is; nothing where no person looks. */
export interface Progress {
  readonly report: (done: number, total: number) => void;
  doing(what: string): void;
  end(): void;
}

export function openProgress(stream: NodeJS.WriteStream): Progress {
  let label = '';
  let shown = '';
  const show = (text: string): void => {
    if (!stream.isTTY || text === shown) return;
    shown = text;
    stream.write(`\r\u001b[K${printable(text)}`);
  };
  return {
    report: (done, total) => {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      show(`${label} ${percent} % of ${megabytes(total)}`);
    },
    doing: (what) => {
      label = what;
      show(what);
    },
    end: () => {
      if (shown !== '') show('');
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
}
