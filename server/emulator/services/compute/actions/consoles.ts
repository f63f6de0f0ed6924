import { findObject } from '../../../kernel/body.ts';
import { consoleOutputBody, type consoleTypes, oldConsoleBody } from '../schemas/consoles.ts';
import { openConsole, printed } from '../servers/consoles.ts';
import type { Action, Doing } from './action.ts';

/** What a guest prints, and, until 2.5, where its screen is looked at. */
export const consoleActions: Readonly<Record<string, Action>> = {
  'os-getConsoleOutput': {
    schema: () => consoleOutputBody,
    anyTask: true,
    ignoresLock: true,
    needsHost: true,
    run: (doing) => ({ status: 200, body: { output: readOutput(doing) } }),
  },
  'os-getVNCConsole': old('os-getVNCConsole', 'vnc'),
  'os-getSPICEConsole': old('os-getSPICEConsole', 'spice'),
  'os-getRDPConsole': old('os-getRDPConsole', 'rdp'),
  'os-getSerialConsole': old('os-getSerialConsole', 'serial'),
};

function old(action: keyof typeof consoleTypes, protocol: string): Action {
  return {
    schema: () => oldConsoleBody(action),
    until: 5,
    anyTask: true,
    ignoresLock: true,
    run: ({ context, asked, row, body }) => {
      const type = String(findObject(body, action)['type']);
      const url = openConsole(context, asked, row, { protocol, type });
      return { status: 200, body: { console: { type, url } } };
    },
  };
}

/** The last `length` lines. */
function readOutput({ row, body }: Doing): string {
  const { length } = findObject(body, 'os-getConsoleOutput');
  const lines = printed(row);
  const most =
    length === undefined || length === null || Number(length) === -1 ? lines.length : Number(length);
  return lines.slice(Math.max(0, lines.length - most)).join('\n');
}
