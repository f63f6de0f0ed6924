import { kindByName, type Told } from '../manifests/kinds.ts';
import { readManifest } from '../manifests/read.ts';
import type { DiskFacts, Kind } from '../rules/facts.ts';
import type { CloudVocabulary } from '../rules/profile/vocabulary.ts';
import { inputOf } from '../rules/service/importBody.ts';
import { type Companion, readCompanionImage, readCompanionImport } from './companionImage.ts';
import { diskPaths, isInside } from './diskPaths.ts';
import { type DiskReader, type LocalDisk, openDisks, type Places } from './disks.ts';
import type { FileSystem } from './files.ts';
import { kindByGlobs } from './globs.ts';
import { listImageFiles } from './imageFiles.ts';
import { findTested } from './imageTest.ts';
import { type ManifestPart, toParts } from './parts.ts';
import { type EditorSettings, type Project, type PublishedLimits, readProject } from './settings.ts';
import { readText } from './textFile.ts';

/** A folder of manifests: the one answer to what it says, for editor, lint, command line and sidebar. Paths are absolute. */
export interface Workspace {
  /** The settings that hold for a file; kept until `forget`. */
  project(path: string): Promise<Project>;
  /** The kind that the settings give a file, and where they do. */
  kindHint(path: string): Promise<Told | undefined>;
  /** The kind of a file, by its name or the settings. */
  kindOf(path: string): Promise<Kind | undefined>;
  /** The documents of a manifest. Throws UnreadableManifest, and UnreadableFile for a companion that is none. */
  parts(source: ManifestSource): Promise<ManifestPart[]>;
  /** The disk on this machine that an import names. */
  diskOf(part: Pick<ManifestPart, 'file' | 'data'>): Promise<LocalDisk | undefined>;
  diskPlacesOf(part: Pick<ManifestPart, 'file' | 'data'>): Promise<string[]>;
  disk(path: string, importFrom: string): Promise<LocalDisk | undefined>;
  diskPath(path: string, importFrom: string): Promise<string | undefined>;
  diskNames(path: string): Promise<string[]>;
  /** The paths at which a disk is looked for. */
  diskPlaces(path: string, importFrom: string): Promise<string[]>;
  /** Files in the folder of `path`, and in the folders of that, which look like images; as paths from it. */
  imageFiles(path: string): Promise<string[]>;
  /** Where a file was looked for that a manifest at `path` names from its folder, if there is none; undefined too where nobody may look. */
  missingFile(path: string, file: string): Promise<string | undefined>;
  /** The manifests that a test may be of: the one that it names, else those of its name; undefined where nobody may look. */
  testedManifests(path: string, manifest: string | undefined): Promise<string[] | undefined>;
  /** The disk in a file that a manifest at `path` names from its folder; undefined where there is none, or nobody may look. */
  sourceDisk(path: string, file: string): Promise<DiskFacts | undefined>;
  /** The image manifest that goes with a patch by its name. */
  companionImage(path: string): Promise<Companion | undefined>;
  /** The import that goes with an image manifest or a patch by its name. */
  companionImport(path: string): Promise<Companion | undefined>;
  /** The path whose settings hold for what is no file, such as an opened live image: one in the first folder. */
  fallbackPath(): string;
  /** What was read of settings may have changed. */
  forget(): void;
}

export interface ManifestSource {
  readonly text: string;
  readonly path: string;
  /** As people call the file. */
  readonly name: string;
  /** Where the editor knows it better than the name. */
  readonly format?: 'yaml' | 'json';
  /** True where it is a file of this machine, so that disks and companions lie beside it. */
  readonly isFile?: boolean;
}

export interface WorkspaceOptions {
  readonly files: FileSystem;
  readonly readDisk: DiskReader;
  /** The folders that are open. */
  roots(): readonly string[];
  /** The editor's settings for a file. */
  editor(path: string): EditorSettings | Promise<EditorSettings>;
  /** What the connected cloud enforces. */
  published(): PublishedLimits | undefined;
  /** What the cloud of the manifests told of itself. */
  vocabulary?(): CloudVocabulary | undefined;
  /** True where files of one folder share what was read of their settings: for one run, during which they do not change. */
  readonly byFolder?: boolean;
  /** The text of a document that is open in the editor. */
  openText?(path: string): string | undefined;
}

export function openWorkspace(options: WorkspaceOptions): Workspace {
  const { files, roots, openText } = options;
  const disks = openDisks(files, options.readDisk);
  const projects = new Map<string, Promise<Project>>();

  function project(path: string): Promise<Project> {
    const key = options.byFolder ? files.path.dirname(path) : path;
    const known = projects.get(key);
    if (known) return known;
    const reading = read(path);
    projects.set(key, reading);
    return reading;
  }

  async function read(path: string): Promise<Project> {
    const editor = await options.editor(path);
    return readProject(files, path, rootOf(path), editor, options.published(), options.vocabulary?.());
  }

  function rootOf(path: string): string | undefined {
    const around = roots().filter((root) => isInside(path, root, files.path));
    return around.sort((a, b) => b.length - a.length)[0] ?? roots()[0];
  }

  async function places(path: string): Promise<Places> {
    const { containers, within } = await project(path);
    return { path, root: rootOf(path), containers, within };
  }

  async function kindHint(path: string): Promise<Told | undefined> {
    return kindByGlobs(path, (await project(path)).manifests);
  }

  const fallbackPath = (): string => files.path.join(roots()[0] ?? '/', 'untitled');

  const readOpen = async (file: string): Promise<string | undefined> =>
    openText?.(file) ?? readText(files, file);
  const companionImage: Workspace['companionImage'] = (path) =>
    readCompanionImage(path, files.path, readOpen);

  const disk: Workspace['disk'] = async (path, importFrom) => disks.find(importFrom, await places(path));
  const diskPlaces: Workspace['diskPlaces'] = async (path, importFrom) =>
    diskPaths(importFrom, await places(path), files.path);

  const kindOf: Workspace['kindOf'] = async (path) => kindByName(path) ?? (await kindHint(path))?.kind;

  /** Of a folder that is not trusted nothing is told about files elsewhere. */
  async function mayLook(path: string, place: string): Promise<boolean> {
    const { within } = await project(path);
    return !within || within.some((folder) => isInside(place, folder, files.path));
  }

  return {
    project,
    kindHint,
    kindOf,
    parts: async ({ text, path, name, format, isFile = true }) => {
      const settingsPath = isFile ? path : fallbackPath();
      const told = await kindHint(settingsPath);
      const manifest = readManifest({ text, path, told, ...(format ? { format } : {}) });
      const { profile } = await project(settingsPath);
      const companion = isFile ? await companionImage(path) : undefined;
      return toParts(manifest, { path: name, profile, ...(isFile ? { file: path } : {}) }, companion?.data);
    },
    diskOf: async ({ file, data }) => {
      const importFrom = inputOf(data)['import_from'];
      return file !== undefined && typeof importFrom === 'string' ? disk(file, importFrom) : undefined;
    },
    diskPlacesOf: async ({ file, data }) => {
      const importFrom = inputOf(data)['import_from'];
      return file !== undefined && typeof importFrom === 'string' ? diskPlaces(file, importFrom) : [];
    },
    disk,
    diskPath: async (path, importFrom) => disks.locate(importFrom, await places(path)),
    diskNames: async (path) => disks.names(await places(path)),
    diskPlaces,
    imageFiles: (path) => listImageFiles(files, files.path.dirname(path)),
    missingFile: async (path, file) => {
      const place = files.path.resolve(files.path.dirname(path), file);
      if (!(await mayLook(path, place))) return undefined;
      return (await files.status(place))?.isFile() ? undefined : place;
    },
    testedManifests: (path, manifest) => findTested(path, manifest, { files, kindOf, mayLook }),
    sourceDisk: async (path, file) => {
      const { within } = await project(path);
      return disks.read(file, files.path.resolve(files.path.dirname(path), file), within);
    },
    companionImage,
    companionImport: (path) => readCompanionImport(path, files.path, readOpen),
    fallbackPath,
    forget: () => projects.clear(),
  };
}
