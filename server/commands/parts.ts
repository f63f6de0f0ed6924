import { resolve } from 'node:path';
import type { Ports } from '../cloud/run/run.ts';
import { type ManifestPart, placeOf } from '../cloud/run/world.ts';
import { findManifests } from '../lint/files.ts';
import { textIn } from '../manifests/encoding.ts';
import type { ManifestDocument } from '../manifests/nodes.ts';
import { readManifest } from '../manifests/read.ts';
import { imagesOf } from '../rules/families/subjects.ts';
import type { Kind } from '../rules/rule.ts';
import { inputOf } from '../rules/service/importBody.ts';
import { imageBeside } from '../workspace/companionImage.ts';
import { openDisks } from '../workspace/disks.ts';
import { kindByGlobs } from '../workspace/globs.ts';
import type { PublishedLimits } from '../workspace/settings.ts';
import { type EditorSettings, type Project, readProject } from '../workspace/settings.ts';
import { readBytes, readText } from '../workspace/textFile.ts';

/** Manifests read from files, and how their disks are found. */
export interface Parts {
  readonly parts: readonly ManifestPart[];
  readonly disk: Ports['disk'];
}

/** What is run before what, of the manifests of a folder: what makes images, what describes them, what patches and exports them. */
const order: readonly Kind[] = ['import', 'server-image', 'image', 'patch', 'export', 'server'];

/** The documents of files, and of the manifests in folders, in the order in which they are run. Throws with file and line. */
export async function readParts(
  paths: readonly string[],
  editor: EditorSettings,
  published: PublishedLimits | undefined,
): Promise<Parts> {
  const projects = new Map<string, Project>();
  const parts: ManifestPart[] = [];
  const projectOf = async (file: string): Promise<Project> => {
    const project =
      projects.get(file) ?? (await readProject(resolve(file), process.cwd(), editor, published));
    if (project.problem) throw new Error(project.problem);
    projects.set(file, project);
    return project;
  };
  for (const path of paths) {
    const told = async (file: string): Promise<boolean> =>
      kindByGlobs(resolve(file), (await projectOf(file)).manifests) !== undefined;
    const files = await findManifests([path], told);
    const read: ManifestPart[][] = [];
    for (const file of files) read.push(await partsOf(file, await projectOf(file)));
    if (files.length !== 1 || files[0] !== path) read.sort((one, other) => rank(one) - rank(other));
    parts.push(...read.flat());
  }
  if (parts.length === 0)
    throw new Error('There is no manifest to run. Name a file, or a folder of manifests.');
  const disks = openDisks();
  return {
    parts,
    disk: async ({ path, data }) => {
      const place = placeOf(data);
      const project = projects.get(path);
      if (!place || !project) return undefined;
      const { containers } = project;
      const places = { path: resolve(path), root: process.cwd(), containers };
      const importFrom = String(inputOf(data)['import_from']);
      const [found, facts] = [await disks.path(importFrom, places), await disks.facts(importFrom, places)];
      return found !== undefined && facts ? { path: found, bytes: facts.physicalSize, facts } : undefined;
    },
  };
}

function rank([first]: readonly ManifestPart[]): number {
  return first ? order.indexOf(first.kind) : 0;
}

async function partsOf(path: string, { profile, manifests }: Project): Promise<ManifestPart[]> {
  const text = textIn(await readBytes(path), path);
  const told = kindByGlobs(resolve(path), manifests);
  const { documents, problems } = readManifest({ text, path, told });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) throw new Error(`${path}:${lineAt(text, problem.start)}: ${problem.message}`);
  const beside = await imageBeside(resolve(path), readText);
  const [image] = beside ? imagesOf(beside.data) : [];
  const written = documents.filter(({ root }) => root);
  const lines = linesOf(text);
  const imports = written.some(({ kind }) => kind === 'import');
  return written.map((document, at) => ({
    path,
    index: at,
    of: written.length,
    line: lines(document.start),
    kind: kindOf(document, path, text),
    data: document.data,
    profile,
    ...(image ? { beside: image.image } : {}),
    // What comes behind an import tells of its image; of thousands of documents each would hold all the others.
    following: (imports ? written.slice(at + 1) : []).flatMap(({ kind, data }) =>
      kind ? [{ kind, data }] : [],
    ),
  }));
}

function kindOf({ kind, start, why }: ManifestDocument, path: string, text: string): Kind {
  if (kind) return kind;
  throw new Error(
    `${path}:${lineAt(text, start)}: what is this? ${why}. Name the file as NAME.image.yaml or alike.`,
  );
}

/** Counts on from the place that was asked for before: that of one document after the other. */
function linesOf(text: string): (offset: number) => number {
  let [line, from] = [1, 0];
  return (offset) => {
    line += lineAt(text.slice(from, offset), offset - from) - 1;
    from = offset;
    return line;
  };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
