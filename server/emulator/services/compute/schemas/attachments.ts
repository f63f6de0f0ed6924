import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, boolean, nonNegativeInteger, objectOf, tag, uuid } from '../../../../rules/nova/types.ts';

const device: Schema = {
  type: ['string', 'null'],
  pattern: '(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$',
};

/** `POST /servers/ID/os-volume_attachments` as a minor version takes it. */
export function attachSchema(version: number): Schema {
  return bodyOf(
    'volumeAttachment',
    objectOf(
      {
        volumeId: uuid,
        device,
        ...(version >= 49 ? { tag } : {}),
        ...(version >= 79 ? { delete_on_termination: boolean } : {}),
      },
      ['volumeId'],
    ),
  );
}

/** The same for PUT: until 2.84 it exchanges the volume, then also what can be changed of the attachment. */
export function updateSchema(version: number): Schema {
  const members = version < 85 ? {} : { device, delete_on_termination: boolean, serverId: uuid, id: uuid };
  return bodyOf(
    'volumeAttachment',
    objectOf({ volumeId: uuid, ...(version >= 49 ? { tag } : {}), ...members }, ['volumeId']),
  );
}

export function listSchema(version: number): Schema {
  const number: Schema = { type: 'array', items: nonNegativeInteger };
  return {
    type: 'object',
    properties: { limit: number, offset: number },
    additionalProperties: version < 75,
  };
}
