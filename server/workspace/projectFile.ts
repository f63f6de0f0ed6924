import type { PathRules } from './files.ts';

/** The file that holds for the manifests of its folder and below. */
export const projectName = '.cloud-images.json';

/**
 * The project file that holds for a file: the nearest upwards, no further than `root`, the workspace folder. `read` gives the
 * text of a file that is there.
 */
export async function findProjectFile(
  path: string,
  root: string | undefined,
  paths: PathRules,
  read: (path: string) => Promise<string | undefined>,
): Promise<{ folder: string; text: string } | undefined> {
  const { dirname, join, relative } = paths;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const text = await read(join(folder, projectName));
    if (text !== undefined) return { folder, text };
    if (folder === root || dirname(folder) === folder || (root && relative(root, folder).startsWith('..')))
      return undefined;
  }
}

/** Reads one mapping of a project file; empty where it cannot be read, which the language server reports. */
export function readMapping(
  text: string,
  name: 'containers' | 'manifests',
): Readonly<Record<string, unknown>> {
  try {
    const project: Record<string, unknown> | null = JSON.parse(text);
    const said = project?.[name];
    return typeof said === 'object' && said !== null ? { ...said } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
