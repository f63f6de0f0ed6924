import type { Json, JsonObject } from '../../rules/json.ts';

/** Stands in place of what is nobody's to read. */
export const leftOut = '(left out: may be secret)';

/** Keys whose values are nobody's to read. */
const secretKey =
  /(?:^|[_\-.:])(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|credentials?|(?:api|private|access|secret|encryption|temp[_-]?url)[_-]?key)(?:[_-]?(?:\d+|hash))?$|^(?:adminPass|user_data|personality|locations|direct_url)$/i;

const secretCamelKey =
  /[a-z](?:Token|Password|Passwd|Secret|(?:Api|Private|Access|Secret|Encryption)Key|Credentials?)$/;

/** A signature in an address, or a password before its host. */
const secretAddress =
  /[?&;](?:(?:temp_url_)?sig(?:nature)?|(?:access_|auth_)?token)=|[?&]x-amz-(?:signature|security-token)=|:\/\/[^/\s@]*:[^/\s@]+@/i;

/** A value without what may be secret: by the names of its keys, and addresses that open something by themselves. */
export function withoutSecrets(value: Json): Json {
  if (typeof value === 'string') return secretAddress.test(value) ? leftOut : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return typeof value === 'object' && value !== null ? cleanObject(withoutPatched(value)) : value;
}

/** An address without the signature in its query. */
export function withoutSignature(address: string): string {
  return address.replace(
    /([?&;](?:temp_url_sig|sig|signature|x-amz-signature|x-amz-security-token|(?:access_|auth_)?token)=)[^&;]*/gi,
    '$1***',
  );
}

function isSecretKey(key: string): boolean {
  return secretKey.test(key) || secretCamelKey.test(key);
}

function cleanObject(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, isSecretKey(key) ? leftOut : withoutSecrets(member)]),
  );
}

/** An operation of a patch names its key in `path`. */
function withoutPatched(value: JsonObject): JsonObject {
  const { path, value: written } = value;
  if (typeof path !== 'string' || written === undefined) return value;
  return isSecretKey(path.slice(path.lastIndexOf('/') + 1)) ? { ...value, value: leftOut } : value;
}
