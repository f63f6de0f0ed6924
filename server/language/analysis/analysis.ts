import type { ManifestFile } from '../../manifests/file.ts';
import type { ContainerFacts, DiskFacts, Facts } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import type { Companion } from '../../workspace/companionImage.ts';
import type { Settings } from '../../workspace/settings.ts';
import type { Judged } from './judging.ts';
import type { PlacedFinding } from './placedFinding.ts';

/** All effects of the service; nothing else in it has any. */
export interface Host {
  /** The path of a local file; any other URI is its own name. */
  pathOrUri(uri: string): string;
  settings(uri: string): Promise<Settings>;
  /** The disk of `container/object`, on this machine or in the cloud; undefined where nothing is known of it. */
  disk(uri: string, importFrom: string): Promise<DiskFacts | 'missing' | undefined>;
  /** The paths at which it is looked for on this machine. */
  diskPlaces(uri: string, importFrom: string): Promise<readonly string[]>;
  /** Files beside a manifest that look like images, as paths from its folder, for completion. */
  imageFiles(uri: string): Promise<readonly string[]>;
  /** Where a file was looked for that a manifest names from its folder and that is not there; undefined where it is, or nobody may look. */
  missingFile(uri: string, file: string): Promise<string | undefined>;
  /** Tells whether a test belongs to no manifest: to the one that it names, else to one of its name; false where nobody may look. */
  isOrphan(uri: string, manifest: string | undefined): Promise<boolean>;
  /** The disk in such a file, where there is one. */
  sourceDisk(uri: string, file: string): Promise<DiskFacts | undefined>;
  /** The container that an export names, with the objects whose names begin so. */
  container(uri: string, name: string, prefix: string): Promise<ContainerFacts | undefined>;
  /** `container/object` names of the disks on this machine, for completion. */
  diskNames(uri: string): Promise<readonly string[]>;
  /** Finds a live image. Absent where nobody can say. */
  readonly liveImage?: ((uri: string, image: ImageName) => Promise<FoundImage>) | undefined;
  /** Finds a live server by id or name, with its flavor. Absent where nobody can say. */
  readonly liveServer?: ((server: ImageName) => Promise<ServerFacts | undefined>) | undefined;
  /** The flavor that a reference means, or none; and what the account may have of servers. */
  readonly flavor?: ((reference: string) => Promise<FlavorFacts | undefined>) | undefined;
  /** The image manifest that goes with a patch by its name: `web.image.yaml` with `web.image-patch.yaml`. */
  imageBeside(uri: string): Promise<Companion | undefined>;
  /** The import that goes with an image manifest or a patch by its name: `web.image-import.yaml` with `web.image.yaml`. */
  importBeside(uri: string): Promise<Companion | undefined>;
}

export type FlavorFacts = Pick<Facts, 'flavors' | 'quota'>;
export type ServerFacts = Pick<Facts, 'server' | 'flavors'>;

/** By id, else by name; neither where the document's own address tells. */
export interface ImageName {
  readonly id?: string;
  readonly name?: string;
}

/** An image, `null` where there is none, the ids where several have the name; undefined where that is not known. */
export type FoundImage =
  | ReadonlyMap<string, Json>
  | { readonly sameName: readonly string[] }
  | null
  | undefined;

/** A manifest as it was read and judged, for one version of its text. */
export interface Analysis {
  readonly uri: string;
  readonly file: ManifestFile;
  readonly settings: Settings;
  /** By document of the file. */
  readonly facts: readonly Facts[];
  /** Findings that the next analysis under the same settings need not judge again. */
  readonly judged?: Judged;
  readonly findings: readonly PlacedFinding[];
  /** True for an analysis of the beginning of the text only. */
  readonly part?: boolean;
}
