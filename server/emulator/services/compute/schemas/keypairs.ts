import type { Schema } from '../../../../rules/nova/schema.ts';
import { bodyOf, name, nameWithSpaces, objectOf, text } from '../../../../rules/nova/types.ts';

/** `POST /os-keypairs` as a minor version takes it; `isLegacy`: at `/v2`. */
export function createSchema(version: number, isLegacy: boolean): Schema {
  const format = version >= 92 ? 'keypair_name_292' : 'keypair_name_20';
  const accepted: Schema = { allOf: [name, { type: 'string', minLength: 1, maxLength: 255, format }] };
  return bodyOf(
    'keypair',
    objectOf(
      {
        name: isLegacy ? nameWithSpaces : accepted,
        ...(version >= 2 ? { type: { type: 'string', enum: ['ssh', 'x509'] } } : {}),
        public_key: text,
        ...(version >= 10 ? { user_id: text } : {}),
      },
      version >= 92 ? ['name', 'public_key'] : ['name'],
    ),
  );
}
