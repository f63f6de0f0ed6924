import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, objectOf } from '../../../../rules/nova/types.ts';

/** What of consoles is asked for, as Nova's schemas have it (SOURCES: nova §7). */

/** The types of console that each action of the API until 2.5 takes. */
export const consoleTypes = {
  'os-getVNCConsole': ['novnc', 'xvpvnc'],
  'os-getSPICEConsole': ['spice-html5'],
  'os-getRDPConsole': ['rdp-html5'],
  'os-getSerialConsole': ['serial'],
} as const;

export const consoleOutputBody: Schema = bodyOf('os-getConsoleOutput', {
  type: 'object',
  properties: {
    length: { type: ['integer', 'string', 'null'], pattern: '^-?[0-9]+$', minimum: -1 },
  },
  additionalProperties: false,
});

export const oldConsoleBody = (action: keyof typeof consoleTypes): Schema =>
  bodyOf(action, objectOf({ type: { type: 'string', enum: consoleTypes[action] } }, ['type']));

export const remoteConsoleBody = (version: number): Schema => {
  const isNew = version >= 8;
  const protocols = ['vnc', 'spice', 'rdp', 'serial', ...(isNew ? ['mks'] : [])];
  const types = ['novnc', 'xvpvnc', 'rdp-html5', 'spice-html5', 'serial', ...(isNew ? ['webmks'] : [])];
  const properties = { protocol: { type: 'string', enum: protocols }, type: { type: 'string', enum: types } };
  return bodyOf('remote_console', objectOf(properties, ['protocol', 'type']));
};
