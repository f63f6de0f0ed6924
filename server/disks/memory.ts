/**
 * Frees the memory behind these bytes now, where they have it for themselves. Left to the garbage collector, hundreds of
 * megabytes wait, since each array looks tiny to it.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
    structuredClone(buffer, { transfer: [buffer] });
}
