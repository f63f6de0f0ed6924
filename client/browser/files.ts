import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type {
  BytesParams,
  BytesResult,
  FileKind,
  FileParams,
  FileResult,
  FolderResult,
} from '../../server/language/protocol.ts';
import { describeError } from '../ui/errors.ts';

/** The editor gives whole files only. What is larger is not read, since a tab has little memory. */
const mostBytes = 256 * 2 ** 20;
/** Milliseconds that a file is kept for the further ranges that are asked of it. */
const keptFor = 5000;

/** Answers what the worker asks of the editor's file systems. */
export interface Files {
  look(parameters: FileParams): Promise<FileResult>;
  list(parameters: FileParams): Promise<FolderResult>;
  read(parameters: BytesParams): Promise<BytesResult>;
}

export function openFiles(): Files {
  let kept: { readonly uri: string; readonly bytes: Promise<Uint8Array> } | undefined;
  let forgets: ReturnType<typeof setTimeout> | undefined;

  /** One file is kept for a moment: a disk is read in many small ranges. */
  function readWhole(uri: string): Promise<Uint8Array> {
    clearTimeout(forgets);
    forgets = setTimeout(() => {
      kept = undefined;
    }, keptFor);
    if (kept?.uri === uri) return kept.bytes;
    const bytes = (async () => {
      const address = vscode.Uri.parse(uri);
      const { size } = await vscode.workspace.fs.stat(address);
      if (size > mostBytes)
        throw new Error(
          t`A browser reads files of at most ${mostBytes / 2 ** 20} MB, and this one has ${size} bytes.`,
        );
      return vscode.workspace.fs.readFile(address);
    })();
    kept = { uri, bytes };
    bytes.catch(() => {
      if (kept?.bytes === bytes) kept = undefined;
    });
    return bytes;
  }

  return {
    look: async ({ uri }) => {
      const found = await unlessAbsent(vscode.workspace.fs.stat(vscode.Uri.parse(uri)));
      if (!found) return { none: true };
      const { size, mtime, type } = found;
      if (kept?.uri === uri) kept = undefined; // it is looked at before it is read, since it may have changed
      return { size, mtime, kind: kindOf(type), isLink: (type & vscode.FileType.SymbolicLink) !== 0 };
    },
    list: async ({ uri }) => {
      const entries = await unlessAbsent(vscode.workspace.fs.readDirectory(vscode.Uri.parse(uri)));
      return (entries ?? []).map(([name, type]) => ({ name, kind: kindOf(type) }));
    },
    read: async ({ uri, start, end }) => {
      try {
        return { bytes: (await readWhole(uri)).slice(start, end) };
      } catch (error) {
        return { unavailable: describeError(error) };
      }
    },
  };
}

async function unlessAbsent<T>(asked: Thenable<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}

function kindOf(type: vscode.FileType): FileKind {
  if (type & vscode.FileType.File) return 'file';
  return type & vscode.FileType.Directory ? 'directory' : 'other';
}
