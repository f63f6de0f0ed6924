/** What a cloud tells of its images: its own definitions, what it requires, where and how it keeps bytes. */
export interface CloudVocabulary {
  /** For people: the cloud and its region. */
  readonly cloud: string;
  /** ISO 8601. */
  readonly readAt: string;
  /** It is connected now; otherwise this is what it told at `readAt`. */
  readonly isCurrent: boolean;
  /** Members that its image schema requires of new images (Glance since 2026.1). */
  readonly required: readonly string[];
  /** Properties of its metadata definitions, by their names on images. */
  readonly properties: Readonly<Record<string, DefinedProperty>>;
  readonly stores: readonly string[];
  /** Import methods. */
  readonly methods: readonly string[];
  /** Names of volume types; undefined where it has no volumes, or does not tell. */
  readonly volumeTypes?: readonly string[];
}

/** A property of a metadata definition (SOURCES: glance §12). */
export interface DefinedProperty {
  readonly title?: string;
  readonly description?: string;
  readonly type: string;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}
