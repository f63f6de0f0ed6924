import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { cloudImages as validateProject } from '../../schemas/generated/validators.js';
import type { ForeignFormat } from '../manifests/foreignFormats.ts';
import type { Kind } from '../rules/facts.ts';
import { hasPreset } from '../rules/profile/preset.ts';
import {
  type Caller,
  defaultProfile,
  type Limits,
  type Profile,
  type ProfileName,
} from '../rules/profile/profile.ts';
import type { Release } from '../rules/profile/releases.ts';
import { type CloudConfiguration, configure, profiles } from '../rules/profile/table.ts';
import type { CloudVocabulary } from '../rules/profile/vocabulary.ts';
import type { Severity } from '../rules/severity.ts';
import { containerFolders } from './diskPaths.ts';
import type { FileSystem } from './files.ts';
import { type ManifestGlob, readGlobs } from './globs.ts';
import { findProjectFile, projectName } from './projectFile.ts';
import { readSettings } from './textFile.ts';

/** The settings that hold for a manifest. */
export interface Settings {
  readonly profile: Profile;
  /** Who is signed in at the connected cloud. */
  readonly caller?: Caller;
  /** The preset `strict` is chosen. */
  readonly isStrict: boolean;
  /** By rule id; wins over the preset. */
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
  /** Which other files are manifests, and of which kind. */
  readonly manifests: readonly ManifestGlob[];
  /** Whether live values are shown beside what is stated otherwise. */
  readonly liveValues?: boolean;
}

/** The limits that the connected cloud enforces, and who is signed in. */
export interface PublishedLimits {
  readonly profile: ProfileName;
  readonly limits: Limits;
  readonly release?: Release | undefined;
  readonly caller?: Caller;
}

/** `.cloud-images.json` as its schema has it. */
interface ProjectFile extends CloudConfiguration {
  readonly profile?: Profile['name'];
  readonly severities?: Settings['severities'];
  readonly containers?: Readonly<Record<string, string>>;
  readonly manifests?: Readonly<Record<string, Kind | ForeignFormat>>;
  readonly ownPrefix?: string;
}

/** The editor's settings, section `cloudImages`; each wins over the file. */
export interface EditorSettings {
  readonly profile?: Profile['name'] | null;
  readonly release?: Release | null;
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
  readonly containers?: Readonly<Record<string, string>>;
  readonly manifests?: Readonly<Record<string, Kind | ForeignFormat>>;
  readonly inlayHints?: { readonly liveValues?: boolean };
  /** False: the workspace's own files choose no folder outside of it. */
  readonly trusted?: boolean;
}

export interface Project extends Settings {
  /** Container → absolute folder. */
  readonly containers: ReadonlyMap<string, string>;
  /** Of a workspace that is not trusted: the folders outside of which no disk is read. */
  readonly within?: readonly string[];
  /** What is wrong with `.cloud-images.json`, for the log. */
  readonly problem?: string;
}

/** The settings that hold for a file: the emulator's limits, then `.cloud-images.json` upwards of it, then the editor's. */
export async function readProject(
  files: FileSystem,
  path: string,
  root: string | undefined,
  editor: EditorSettings,
  published: PublishedLimits | undefined,
  vocabulary?: CloudVocabulary,
): Promise<Project> {
  const folder = root ?? files.path.dirname(path);
  const found = await findProject(files, path, root);
  const file = found?.project ?? {};
  const name = editor.profile ?? file.profile ?? published?.profile ?? defaultProfile;
  const limits = { ...(published?.profile === name ? published.limits : {}), ...file.limits };
  const release =
    editor.release ?? file.release ?? (published?.profile === name ? published.release : undefined);
  const base = configure(profiles[name], { ...file, limits, release });
  const profile: Profile = {
    ...base,
    ...(file.ownPrefix === undefined ? {} : { ownPrefix: file.ownPrefix }),
    ...(vocabulary && base.offers.metadefs ? { vocabulary } : {}),
  };
  const own = containerFolders(editor.containers ?? {}, folder, files.path);
  const containers = new Map([
    ...containerFolders(file.containers ?? {}, found?.folder ?? folder, files.path),
    ...own,
  ]);
  const within = [folder, ...own.map(([, folder]) => folder)];
  return {
    profile,
    ...(published?.caller ? { caller: published.caller } : {}),
    isStrict: hasPreset(file.preset, 'strict'),
    severities: { ...file.severities, ...editor.severities },
    containers,
    liveValues: editor.trusted !== false && editor.inlayHints?.liveValues !== false,
    ...(editor.trusted === false ? { within } : {}),
    manifests: [
      ...readGlobs(file.manifests ?? {}, found?.folder ?? '', projectName),
      ...readGlobs(editor.manifests ?? {}, folder, 'cloudImages.manifests'),
    ],
    ...(found?.problem === undefined ? {} : { problem: found.problem }),
  };
}

async function findProject(
  files: FileSystem,
  path: string,
  root: string | undefined,
): Promise<ReturnType<typeof parseProject> | undefined> {
  try {
    const nearest = await findProjectFile(path, root, files.path, (file) => readSettings(files, file));
    return (
      nearest && parseProject(nearest.text, nearest.folder, files.path.join(nearest.folder, projectName))
    );
  } catch (error) {
    const problem = `${error instanceof Error ? error.message : String(error)} It is not used.`;
    return { project: {}, folder: root ?? files.path.dirname(path), problem };
  }
}

/** Parses JSON. The parser's own message would quote the text, which need not be one of ours. */
function parseJson(text: string): unknown {
  const errors: ParseError[] = [];
  const value = parseDeep(text, errors);
  const [error] = errors;
  if (!error) return value;
  const line = text.slice(0, error.offset).split('\n').length;
  throw new Error(`line ${line} is not valid JSON (${printParseErrorCode(error.error)})`);
}

function parseDeep(text: string, errors: ParseError[]): unknown {
  try {
    return parse(text, errors, { disallowComments: true });
  } catch (error) {
    if (error instanceof RangeError) throw new Error('it is nested too deeply', { cause: error });
    throw error;
  }
}

function parseProject(
  text: string,
  folder: string,
  name: string,
): { project: ProjectFile; folder: string; problem?: string } {
  try {
    const value: unknown = parseJson(text);
    if (validateProject(value)) {
      const project = value as ProjectFile;
      configure(profiles.openstack, project); // throws for a pattern that is none
      return { project, folder };
    }
    const [error] = validateProject.errors ?? [];
    return {
      project: {},
      folder,
      problem: `${name} is not used: ${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`,
    };
  } catch (error) {
    return {
      project: {},
      folder,
      problem: `${name} is not used: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
