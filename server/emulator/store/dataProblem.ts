/** Where a file, or SQLite, found no room left: what to do about it. */
export function fullDisk(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : '';
  if (!/\b(ENOSPC|EDQUOT)\b|database or disk is full/.test(text)) return undefined;
  return "The disk that holds the emulator's data folder is full. Make room, and try again.";
}

/** Where a data folder cannot be read or written: why, and what to do. Undefined for what nobody foresees. */
export function dataProblem(error: unknown, data: string): string | undefined {
  const full = fullDisk(error);
  if (full) return full;
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const sqlite = 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `The data folder ${data} cannot be made: a part of its path is no folder. Name another folder with --data.`;
  if (code === 'ENOENT' && /\bmkdir\b/.test(error.message))
    return `The data folder ${data} cannot be made there (${error.message}). Name another folder with --data.`;
  // Of SQLite: no permission, a failed read or write, a file or file system that is read-only, a file that cannot be opened.
  if (
    ['EACCES', 'EPERM', 'EROFS', 'EIO', 'ELOOP', 'ENAMETOOLONG'].includes(code) ||
    [3, 8, 10, 14].includes(sqlite)
  )
    return `The data folder ${data} cannot be read and written (${error.message}). Give this user the right to it, or name another folder with --data.`;
  return undefined;
}
