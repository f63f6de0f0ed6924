import { CloudError } from './errors.ts';

/** A name as one part of an address. Throws CloudError where it cannot be one. */
export function addressPart(name: string): string {
  if (hasAddress(name)) return encodeURIComponent(name);
  const text = `The name ${JSON.stringify(name)} cannot be addressed: URLs leave out empty parts, '.' and '..'.`;
  throw new CloudError({ method: 'GET', url: '' }, { status: 0, text });
}

/**
 * Tells whether a name can be a part of an address. URLs resolve dots even when they are escaped: a request about the tag `..` of
 * an image would be one about the image.
 */
function hasAddress(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..';
}
