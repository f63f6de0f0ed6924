/** Cylinders, heads and sectors of a disk of `size` bytes, by the algorithm in the appendix of Microsoft's VHD specification. */
export function computeGeometry(size: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(Math.floor(size / 512), 65535 * 16 * 255);
  if (total >= 65535 * 16 * 63) return of(Math.floor(total / 255), 16, 255);
  const tracks = Math.floor(total / 17);
  const heads = Math.max(4, Math.ceil(tracks / 1024));
  if (tracks < heads * 1024 && heads <= 16) return of(tracks, heads, 17);
  const tracks31 = Math.floor(total / 31);
  if (tracks31 < 16 * 1024) return of(tracks31, 16, 31);
  return of(Math.floor(total / 63), 16, 63);
}

function of(tracks: number, heads: number, sectors: number) {
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
