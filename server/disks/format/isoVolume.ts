/** ISO 9660 and UDF, by the first volume descriptor behind 32 KiB. */
import { latin1, viewOf } from '../bytes.ts';
import { type Head, headBytes, type Match } from './inspection.ts';

const descriptorAt = 32 * 1024;

export function inspectIso({ bytes }: Head): Match | undefined {
  if (bytes.length < headBytes) return undefined;
  if (!['CD001', 'NSR02', 'NSR03'].includes(latin1(bytes, descriptorAt + 1, 5))) return undefined;
  const view = viewOf(bytes);
  const isPrimary = view.getUint8(descriptorAt) === 1;
  const blocks = view.getUint32(descriptorAt + 80, true);
  const blockSize = view.getUint16(descriptorAt + 128, true);
  return { format: 'iso', virtualSize: isPrimary ? blocks * blockSize : 0, failed: [] };
}
