import type { FileSystem } from './files.ts';

const named = /\.(?:qcow2|qed|raw|img|vmdk|vhdx?|vdi|iso)(?:\.(?:gz|bz2|xz|zst))?$/i;
const most = 500;

/** Lists the files of a folder, and of the folders in it, that are images by their names; with slashes, in order. */
export async function listImageFiles(files: FileSystem, folder: string): Promise<string[]> {
  const found: string[] = [];
  const look = async (place: string, before: string): Promise<string[]> => {
    const folders: string[] = [];
    for (const entry of await files.list(place)) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        folders.push(entry.name);
      else if (entry.isFile() && named.test(entry.name) && found.length < most)
        found.push(before + entry.name);
    }
    return folders;
  };
  for (const inner of await look(folder, '')) await look(files.path.join(folder, inner), `${inner}/`);
  return found.sort();
}
