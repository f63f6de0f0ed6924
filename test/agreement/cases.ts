import type { JsonObject } from '../../server/rules/json.ts';
import type { VhdSpec } from '../tools/disks.ts';
import type { Whose } from './lives.ts';

/** An import or an export. `about` names its class. */
export type Case =
  | {
      readonly kind: 'disk';
      readonly about: string;
      readonly spec: VhdSpec | Uint8Array;
      readonly properties?: JsonObject;
    }
  | {
      readonly kind: 'import-from';
      readonly about: string;
      readonly address: string;
      readonly properties: JsonObject;
    }
  | {
      readonly kind: 'export';
      readonly about: string;
      readonly container: string;
      readonly of: Whose | 'unknown';
      readonly again: boolean;
      readonly licences?: string;
    };
