import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError, type CommandErrorCode } from './errors.ts';

type Sentences = Readonly<Record<string, readonly [CommandErrorCode, string]>>;

const ofBoth = {
  EISDIR: ['failed', 'is a folder. Name a file.'],
  ENOSPC: ['failed', 'is on a full file system. Make room, and try again.'],
  ETXTBSY: ['failed', 'is in use by another program. End that first.'],
  EEXIST: ['file/exists', 'is there already. Choose another name.'],
} as const;

const ofReading: Sentences = {
  ...ofBoth,
  ENOENT: ['file/missing', 'does not exist. Check the path.'],
  EACCES: [
    'file/denied',
    'cannot be opened: permission denied. Change its permissions, or run as its owner.',
  ],
  EPERM: [
    'file/denied',
    'cannot be changed: permission denied. Change its permissions, or run as its owner.',
  ],
  EROFS: ['file/denied', 'is on a read-only file system. Copy it to another.'],
};

const deniedWriting = [
  'file/denied',
  'may not be written to. Choose another, or change its permissions.',
] as const;

const ofWriting: Sentences = {
  ...ofBoth,
  ENOENT: ['file/missing', 'does not exist. Make it first.'],
  ENOTDIR: ['failed', 'is a file. Name another folder.'],
  EACCES: deniedWriting,
  EPERM: deniedWriting,
  EROFS: ['file/denied', 'is on a read-only file system. Choose another.'],
};

/**
 * Explains why the system opens or changes no file that should be there: a sentence that begins with its name, and what to do.
 * Undefined for what has nothing to do with the file.
 */
export function explainReading(error: unknown, file: string): CommandError | undefined {
  const found = codeOf(error);
  const [code, sentence] = ofReading[found === 'ENOTDIR' ? 'ENOENT' : found] ?? [];
  return code && new CommandError(code, `${file} ${sentence}`, { cause: error });
}

/** Does the same where a file is written: most often it is its folder that does not take it. */
export function explainWriting(error: unknown, file: string): CommandError | undefined {
  if (!existsSync(file)) return explainFolder(error, file, dirname(file));
  const [code, sentence] = ofWriting[codeOf(error)] ?? [];
  return code && new CommandError(code, `${file} ${sentence}`, { cause: error });
}

/** Explains why a folder takes no files, or cannot be made, for the sake of a path in it. */
export function explainFolder(error: unknown, path: string, folder: string): CommandError | undefined {
  const found = codeOf(error);
  const [code, sentence] = ofWriting[found === 'EEXIST' ? 'ENOTDIR' : found] ?? [];
  return code && new CommandError(code, `${path}: the folder ${folder} ${sentence}`, { cause: error });
}

/** Throws where a file cannot be read, before anything is begun with it. */
export async function requireReadable(file: string): Promise<void> {
  try {
    const opened = await open(file);
    await opened.read(Buffer.alloc(1)).finally(() => opened.close());
  } catch (error) {
    throw explainReading(error, file) ?? error;
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'EBUSY' ? 'ETXTBSY' : code;
}
