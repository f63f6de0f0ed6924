import { findMember, type ManifestNode, type Member, type Place } from '../../manifests/nodes.ts';
import { type Json, type JsonObject, pointerTo } from '../../rules/json.ts';
import { effectiveCompression } from './normal.ts';

/** What a file says of an image and an image manifest cannot say, or what only the tool knows. */
export interface Loss extends Place {
  readonly message: string;
}

/** Where a value stands in its document; `isMade`: the tool makes it of what stands there, so that only its spelling is mended. */
export interface ForeignPlace {
  readonly pointer: string;
  readonly isMade: boolean;
}

/** An image of another tool's file, read as an image manifest whose values keep their places in the text. */
export interface ForeignImage {
  /** The image as our manifests say it, but for `source`: it is the tool that fetches its bytes. */
  readonly root: ManifestNode;
  /** Where its bytes come from, as the member `source` of our manifests says. */
  readonly source: JsonObject;
  /** By pointer into the image. */
  readonly places: ReadonlyMap<string, ForeignPlace>;
  /** Attributes and properties whose values templates decide. */
  readonly unknown: ReadonlySet<string>;
  /** Templates decide, too, which properties there are. */
  readonly isOpen: boolean;
  readonly losses: readonly Loss[];
  /** The file says that it is not to be made. */
  readonly isOff?: boolean;
  /** Adds to an image what the tool sets where the file says nothing. */
  complete(stated: JsonObject): JsonObject;
  /** Where a property goes that is not there yet, as a pointer into the document; undefined where the file has no place for it. */
  placeFor(name: string): string | undefined;
}

/** How a tool takes what its files say. */
export interface Dialect {
  /** Tells texts that are computed when the tool runs. */
  readonly template?: RegExp;
  /** Its YAML is that of PyYAML, to which a word such as `yes` is a truth value, and a date is a date. */
  readonly isPython?: true;
  /** The text that the tool makes of a property that is none: of `true`, Python makes `True`. Undefined: the property is not sent. */
  writeWord(value: boolean | null): string | undefined;
  /** Undoes what keeps a text from being computed. */
  literal?(text: string): string;
}

type Tokens = readonly (string | number)[];
type Read = (node: ManifestNode) => ManifestNode | undefined;

const templated = 'A template decides this value, which is known only when the tool runs.';

/** An image that is being read. */
export interface ImageReader {
  /** The member at a path below the item, which then counts as read. */
  find(from: Tokens): Member | undefined;
  /** Takes the value at a path below the item as that of the image's `to`, as `read` takes it. */
  take(from: Tokens, to: string, read?: Read): void;
  /** The same, where the tool makes another value of it. */
  make(from: Tokens, to: string, read: Read): void;
  /** Takes each member of a mapping as a property. */
  takeProperties(from: Tokens): void;
  /** Takes the value at a path below the item as a member of the image's `source`. */
  takeSource(from: Tokens, name: string): void;
  /** Adds to the image's `source`. */
  setSource(name: string, value: string): void;
  /** Says that something is there which an image manifest cannot say. */
  lose(place: Place, message: string): void;
  isUnknown(node: ManifestNode): boolean;
  done(rest: Pick<ForeignImage, 'complete' | 'placeFor' | 'isOff'>): ForeignImage;
}

/** Begins to read the image of `item`, which stands at `base` in its document. `text` is the text of the file. */
export function readImage(item: ManifestNode, base: Tokens, text: string, dialect: Dialect): ImageReader {
  const members: Member[] = [];
  const source: Record<string, Json> = {};
  const places = new Map<string, ForeignPlace>();
  const unknown = new Set<string>();
  const losses: Loss[] = [];
  const read = new Set<string>();
  let isOpen = false;

  const isTemplate = (value: unknown): boolean =>
    typeof value === 'string' && dialect.template?.test(value) === true;
  const isUnknown = (node: ManifestNode): boolean =>
    isTemplate(node.value) ||
    node.members.some((member) => isTemplate(member.token) || isUnknown(member.node));

  function find(from: Tokens): Member | undefined {
    read.add(pointerTo(...from));
    return findMember(item, from.map(String))?.member;
  }

  function lose({ start, end }: Place, message: string): void {
    losses.push({ start, end, message });
  }

  function add(from: Tokens, to: string, member: Member, node: ManifestNode, isMade: boolean): void {
    // Of a value that is said twice the later place counts.
    const known = members.findIndex(({ token }) => token === to);
    if (known !== -1) members.splice(known, 1);
    const { key = member.node, keyElsewhere } = member;
    members.push({ token: to, key, ...(keyElsewhere === undefined ? {} : { keyElsewhere }), node });
    unknown.delete(to);
    places.set(pointerTo(to), { pointer: pointerTo(...base, ...from), isMade });
    for (const { token } of node.members)
      places.set(pointerTo(to, token), { pointer: pointerTo(...base, ...from, token), isMade });
  }

  function takeSource(from: Tokens, name: string): void {
    const node = find(from)?.node;
    if (!node || node.value === null) return;
    if (isUnknown(node)) lose(node, templated);
    else if (typeof node.value === 'string') source[name] = plain(node).value ?? '';
    else lose(node, 'This is no text.');
  }

  function takeAs(isMade: boolean, from: Tokens, to: string, convert: Read): void {
    const member = find(from);
    if (!member || member.node.value === null) return;
    if (isUnknown(member.node)) {
      unknown.add(to);
      lose(member.node, templated);
      return;
    }
    const node = convert(plain(member.node));
    if (node) add(from, to, member, node, isMade);
  }

  function takeProperties(from: Tokens): void {
    const map = find(from)?.node;
    if (!map) return;
    if (map.type !== 'object') {
      isOpen ||= isUnknown(map);
      if (map.value !== null) lose(map, 'This is no mapping of properties to their values.');
      return;
    }
    for (const member of map.members) {
      if (member.merges) continue;
      if (isTemplate(member.token)) {
        isOpen = true;
        lose(member.key ?? member.node, 'A template decides this name.');
      } else takeProperty([...from, member.token], member);
    }
    for (const member of map.merged ?? []) takeProperty([...from, member.token], member);
  }

  function takeProperty(path: Tokens, member: Member): void {
    read.add(pointerTo(...path));
    const name = String(member.token);
    if (isUnknown(member.node)) {
      unknown.add(name);
      lose(member.node, templated);
      return;
    }
    const node = asText(plain(member.node), text, dialect);
    if (node) add(path, name, member, node, false);
  }

  /** With its texts as they are when nothing is left to be computed. */
  function plain(node: ManifestNode): ManifestNode {
    const { literal } = dialect;
    if (!literal) return node;
    if (typeof node.value === 'string') return { ...node, value: literal(node.value) };
    return node.members.length === 0
      ? node
      : { ...node, members: node.members.map((member) => ({ ...member, node: plain(member.node) })) };
  }

  function loseTheRest(node: ManifestNode, path: Tokens): void {
    for (const member of node.members) {
      const own = [...path, member.token];
      const pointer = pointerTo(...own);
      if (member.merges) continue;
      if ([...read].some((known) => known.startsWith(`${pointer}/`))) loseTheRest(member.node, own);
      else if (!read.has(pointer) && member.node.value !== null)
        lose(member.key ?? member.node, `An image manifest has nothing for '${member.token}'.`);
    }
  }

  return {
    find,
    take: (from, to, convert = (node) => node) => takeAs(false, from, to, convert),
    make: (from, to, convert) => takeAs(true, from, to, convert),
    takeProperties,
    takeSource,
    setSource: (name, value) => {
      source[name] = value;
    },
    lose,
    isUnknown,
    done: (rest) => {
      loseTheRest(item, []);
      const root: ManifestNode = { type: 'object', start: item.start, end: item.end, flow: false, members };
      losses.sort((a, b) => a.start - b.start);
      return { root, source, places, unknown, isOpen, losses, ...rest };
    },
  };
}

/** The text that the tool sends of a property. A number stays one where that would not be as it is written, so that the rules see it. */
export function asText(node: ManifestNode, text: string, dialect: Dialect): ManifestNode | undefined {
  const { value = null, elsewhere } = node;
  if (node.type !== 'scalar') return node;
  if (typeof value === 'string') {
    if (!dialect.isPython || elsewhere === undefined) return node;
    if (elsewhere === 'a date' && /^\d{4}-\d\d-\d\d$/.test(value)) return withoutWord(node);
    const word = elsewhere === 'true' ? true : elsewhere === 'false' ? false : undefined;
    return word === undefined ? node : { ...withoutWord(node), value: dialect.writeWord(word) ?? value };
  }
  if (typeof value === 'number') {
    const written = text.slice(node.start, node.end);
    if (written === String(value)) return { ...node, value: written };
    // Python makes the text 22.1 of 22.10.
    return dialect.isPython ? { ...node, value: written, elsewhere: String(value) } : node;
  }
  const word = typeof value === 'boolean' || value === null ? dialect.writeWord(value) : undefined;
  return word === undefined ? undefined : { ...withoutWord(node), value: word };
}

/** The value of a mapping's member, where that is a scalar. */
export function scalarIn(node: ManifestNode, name: string): Json | undefined {
  return findMember(node, [name])?.member.node.value;
}

/** Tells by the end of a file's name or address whether it is compressed. */
export function isCompressed(node: ManifestNode | undefined): boolean {
  return effectiveCompression({ url: node?.value ?? null }) !== 'none';
}

/** A scalar that the tool takes as what it is, whatever other readers make of it. */
function withoutWord({ elsewhere: _, ...node }: ManifestNode): ManifestNode {
  return node;
}

const words: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n', '0'].map((word) => [word, false] as const),
]);

/** Takes the words of YAML 1.1 for truth values, as Ansible does. */
export function asBoolean(node: ManifestNode): ManifestNode {
  const value = typeof node.value === 'string' ? words.get(node.value.toLowerCase()) : undefined;
  return value === undefined ? node : { ...withoutWord(node), value };
}

/** Takes digits in quotes for a number, as tools with typed arguments do. */
export function asInteger(node: ManifestNode): ManifestNode {
  return typeof node.value === 'string' && /^\d{1,15}$/.test(node.value)
    ? { ...node, value: Number(node.value) }
    : node;
}
