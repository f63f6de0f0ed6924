import type { StreamFormat } from '../../rules/facts.ts';
import type { ByteSource } from '../source.ts';

/** The bytes that inspectors look at first, and whole files where these are all. */
export interface Head {
  readonly source: ByteSource;
  /** The first 34 KiB, up to the first volume descriptor of an ISO. */
  readonly bytes: Uint8Array;
}

/** What one of OpenStack's inspectors says of a file that it recognises (SOURCES: inspectors). */
export interface Match {
  readonly format: StreamFormat;
  /** In bytes; 0: not known. */
  readonly virtualSize: number;
  /** Of a VMDK its `createType`, in lower case. */
  readonly subformat?: string;
  /** The names of the checks that fail. */
  readonly failed: readonly string[];
}

export const headBytes = 34 * 1024;

export async function readHead(source: ByteSource): Promise<Head> {
  return { source, bytes: await source.read(0, headBytes) };
}
