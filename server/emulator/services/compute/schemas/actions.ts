import type { Schema } from '../../../../rules/nova/schema.ts';
import {
  bodyOf,
  diskConfig,
  flavorRef,
  ipAddress,
  metadata,
  name,
  nameWithSpaces,
  nonNegativeInteger,
  objectOf,
  text,
  uuid,
} from '../../../../rules/nova/types.ts';

/** The form of an action's body, and its value may be anything. */
export function anyBody(action: string): Schema {
  return { type: 'object', properties: { [action]: {} }, required: [action], additionalProperties: false };
}

const nothing: Schema = { type: 'null' };

export const createBackupBody = (isLegacy: boolean): Schema =>
  bodyOf(
    'createBackup',
    objectOf(
      {
        name: isLegacy ? nameWithSpaces : name,
        backup_type: text,
        rotation: nonNegativeInteger,
        metadata,
      },
      ['name', 'backup_type', 'rotation'],
    ),
  );
export const rebootBody: Schema = bodyOf(
  'reboot',
  objectOf({ type: { type: 'string', enum: ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'] } }, ['type']),
);
export const resizeBody: Schema = bodyOf(
  'resize',
  objectOf({ flavorRef, 'OS-DCF:diskConfig': diskConfig }, ['flavorRef']),
);
export const passwordBody: Schema = bodyOf('changePassword', objectOf({ adminPass: text }, ['adminPass']));
export const rescueBody: Schema = bodyOf('rescue', {
  type: ['object', 'null'],
  properties: { adminPass: text, rescue_image_ref: uuid },
  additionalProperties: false,
});
export const resetBody: Schema = bodyOf(
  'os-resetState',
  objectOf({ state: { type: 'string', enum: ['active', 'error'] } }, ['state']),
);
/** `more`: what may stand beside the address. */
export const floatingBody = (action: string, more: readonly string[]): Schema =>
  bodyOf(
    action,
    objectOf(Object.fromEntries(['address', ...more].map((member) => [member, ipAddress])), ['address']),
  );
export const lockBody = (version: number): Schema =>
  version < 73
    ? anyBody('lock')
    : bodyOf('lock', {
        type: ['object', 'null'],
        properties: { locked_reason: { type: 'string', minLength: 1, maxLength: 255 } },
        additionalProperties: false,
      });
export const unshelveBody = (version: number): Schema =>
  version < 77
    ? anyBody('unshelve')
    : bodyOf('unshelve', {
        type: ['object', 'null'],
        properties: {
          availability_zone: version >= 91 ? { oneOf: [nothing, name] } : name,
          ...(version >= 91 ? { host: text } : {}),
        },
        additionalProperties: false,
      });
