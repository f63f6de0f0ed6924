/**
 * Frees the memory behind these bytes now, where they have it for themselves. Left to the garbage collector, as Node 20 has
 * to, hundreds of megabytes wait, since each array looks tiny to it.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  const { transfer }: Partial<ArrayBuffer> = buffer;
  transfer?.call(buffer, 0);
}
