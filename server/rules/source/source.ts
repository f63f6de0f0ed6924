import { isObject, type Json, type JsonObject } from '../json.ts';
import { type Checksum, isWeak, readChecksum } from './checksum.ts';

/** The ways in which bytes come into a Glance; `upload` is no import (SOURCES: glance §8). */
export const methods = ['upload', 'glance-direct', 'web-download', 'copy-image', 'glance-download'] as const;
export type Method = (typeof methods)[number];

const compressions = ['gzip', 'bzip2', 'xz', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

/** Where the bytes of an image come from, as the member `source` of its manifest says (DECISIONS 29). */
export interface ImageSource {
  readonly origin: Origin;
  /** Of the file as it is published, before it is decompressed; `list`: the address of a list of checksums. */
  readonly checksum?: Checksum | { readonly list: string };
  /** What is undone on the way; undefined: the bytes are taken as they are. */
  readonly compression?: Compression;
  /** Undefined: chosen by what the cloud offers. */
  readonly method?: Method;
  /** Undefined: the cloud's default. */
  readonly stores?: readonly string[] | 'all';
}

export type Origin =
  | { readonly type: 'file' /** As written, from the manifest's folder. */; readonly path: string }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'image'; readonly id: string; readonly region: string }
  /** Its own bytes, for further stores. */
  | { readonly type: 'itself' };

export type SourceRule =
  | 'form'
  | 'origin'
  | 'url'
  | 'checksum'
  | 'unverified'
  | 'weak-hash'
  | 'method'
  | 'formats';

/** A flaw of a `source`; `pointer` leads into the image. */
export interface SourceProblem {
  readonly rule: SourceRule;
  readonly pointer: string;
  readonly message: string;
  /** What would cure it. */
  readonly instead?: { readonly title: string; readonly pointer: string; readonly value: Json };
}

const members = ['file', 'url', 'image', 'region', 'checksum', 'compression', 'method', 'stores'];

/** The member as an object; a text of this name is a property like any other. */
export function sourceOf(image: JsonObject): JsonObject | undefined {
  const source = image['source'];
  return isObject(source) ? source : undefined;
}

/** What an image manifest says to the service: without where its bytes come from, and how they are replaced. */
export function withoutSource(image: JsonObject): JsonObject {
  if (!isObject(image['source']) && !isObject(image['rotation'])) return image;
  return Object.fromEntries(
    Object.entries(image).filter(
      ([name, value]) => !((name === 'source' || name === 'rotation') && isObject(value)),
    ),
  );
}

/** Reads a `source`; what is wrong with it stands beside what could be read. Undefined where the image names none. */
export function readSource(
  image: JsonObject,
): { readonly source: ImageSource | undefined; readonly problems: readonly SourceProblem[] } | undefined {
  const written = sourceOf(image);
  if (!written) return undefined;
  const problems = [...findFormProblems(written), ...findMissingFormats(image)];
  const origin = readOrigin(written, problems);
  const checksum = readWrittenChecksum(written, problems);
  const compression = readCompression(written, image, origin);
  const method = methods.find((one) => one === written['method']);
  const stores = readStores(written['stores']);
  if (origin)
    problems.push(...findMethodProblems({ method, origin, compression, hasStores: stores !== undefined }));
  if (origin?.type === 'url' && written['checksum'] === undefined)
    problems.push({
      rule: 'unverified',
      pointer: '/source/url',
      message:
        "Nothing tells whether the bytes that come are the publisher's. Write the publisher's checksum: 'checksum: sha256:…', or the address of its SHA256SUMS file.",
    });
  const source = origin && {
    origin,
    ...(checksum ? { checksum } : {}),
    ...(compression ? { compression } : {}),
    ...(method ? { method } : {}),
    ...(stores ? { stores } : {}),
  };
  return { source, problems };
}

/** The problems that keep an image from being run; the others are advice. */
export function preventsRun({ rule }: SourceProblem): boolean {
  return rule !== 'unverified' && rule !== 'weak-hash';
}

function findFormProblems(written: JsonObject): SourceProblem[] {
  const problem = (name: string, message: string): SourceProblem => ({
    rule: 'form',
    pointer: `/source/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    message,
  });
  return Object.entries(written).flatMap(([name, value]) => {
    if (!members.includes(name))
      return [problem(name, `A source has no '${name}'. It has ${members.join(', ')}.`)];
    if (name === 'stores')
      return readStores(value)
        ? []
        : [problem(name, "'stores' is a list of the cloud's store names, or 'all'.")];
    if (typeof value !== 'string' || value === '') return [problem(name, `'${name}' is a text.`)];
    if (name === 'method' && !methods.some((one) => one === value))
      return [problem(name, `There is no method '${value}'. Choose ${methods.join(', ')}, or leave it out.`)];
    if (name === 'compression' && value !== 'none' && !compressions.some((one) => one === value))
      return [
        problem(
          name,
          `There is no compression '${value}'. Choose none, ${compressions.join(', ')}, or leave it out.`,
        ),
      ];
    return [];
  });
}

function readStores(value: Json | undefined): readonly string[] | 'all' | undefined {
  if (value === 'all') return value;
  const isList = Array.isArray(value) && value.length > 0;
  return isList && value.every((one) => typeof one === 'string' && one !== '')
    ? (value as string[])
    : undefined;
}

/** Of three that exclude each other; none of them is meant where only stores are named. */
function readOrigin(written: JsonObject, problems: SourceProblem[]): Origin | undefined {
  const named = ['file', 'url', 'image'].filter((name) => written[name] !== undefined);
  const [first, second] = named;
  if (second !== undefined) {
    const message = `The bytes come from one place, and here stand ${named.map((one) => `'${one}'`).join(' and ')}. Remove all but one.`;
    problems.push({ rule: 'origin', pointer: `/source/${second}`, message });
    return undefined;
  }
  const { file, url, image, region, stores } = written;
  if (first === undefined) {
    if (stores !== undefined) return { type: 'itself' };
    problems.push({
      rule: 'origin',
      pointer: '/source',
      message:
        "The source names no bytes. Write 'file' (from the manifest's folder), 'url', or 'image' with 'region'; or 'stores' to copy an image that is there.",
    });
    return undefined;
  }
  if (typeof file === 'string' && file !== '') return { type: 'file', path: file };
  if (typeof url === 'string') return readUrl(url, problems);
  if (typeof image !== 'string' || image === '') return undefined;
  if (typeof region === 'string' && region !== '') return { type: 'image', id: image, region };
  problems.push({
    rule: 'origin',
    pointer: '/source/image',
    message: "An image of another region is named by its id and 'region'. Add 'region'.",
  });
  return undefined;
}

function readUrl(url: string, problems: SourceProblem[]): Origin | undefined {
  const problem = describeUrl(url);
  if (problem === undefined) return { type: 'url', url };
  const looksLocal = !/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^file:\/\//i.test(url);
  problems.push({
    rule: 'url',
    pointer: '/source/url',
    message: `${problem}${looksLocal ? " A file of this machine is named by 'file'." : ''}`,
  });
  return undefined;
}

/** Says why an address cannot be fetched; undefined where it can. */
function describeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return `'${text}' is no address. Write one that begins with https:// or http://.`;
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:')
    return `'${protocol.slice(0, -1)}' is no scheme that images are fetched by. Use https or http.`;
  if (username !== '' || password !== '')
    return 'The address holds a name or password, which would stand in manifests and logs. Remove it.';
  return undefined;
}

function readWrittenChecksum(
  { checksum, image }: JsonObject,
  problems: SourceProblem[],
): ImageSource['checksum'] | undefined {
  if (typeof checksum !== 'string' || checksum === '') return undefined;
  const pointer = '/source/checksum';
  if (image !== undefined) {
    const message = "The cloud copies the other region's image with its own hash. Remove 'checksum'.";
    problems.push({ rule: 'checksum', pointer, message });
    return undefined;
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(checksum)) {
    const problem = describeUrl(checksum);
    if (problem === undefined) return { list: checksum };
    problems.push({ rule: 'checksum', pointer, message: problem });
    return undefined;
  }
  const read = readChecksum(checksum);
  if ('problem' in read) {
    const { problem, instead } = read;
    problems.push({
      rule: 'checksum',
      pointer,
      message: `The checksum ${problem}.`,
      ...(instead === undefined
        ? {}
        : { instead: { title: `Change to '${instead.slice(0, 16)}…'`, pointer, value: instead } }),
    });
    return undefined;
  }
  if (isWeak(read))
    problems.push({
      rule: 'weak-hash',
      pointer,
      message: `Files with the same ${read.algorithm} can be made on purpose, so it shows damage and no forgery. Use the publisher's sha256 or sha512.`,
    });
  return read;
}

const suffixes: Readonly<Record<string, Compression>> = { gz: 'gzip', bz2: 'bzip2', xz: 'xz', zst: 'zstd' };

/** As written, else by the name of the file; what is to stay compressed is left so. */
function readCompression(
  { compression }: JsonObject,
  image: JsonObject,
  origin: Origin | undefined,
): Compression | undefined {
  const stated = compressions.find((one) => one === compression);
  if (stated || compression !== undefined || image['container_format'] === 'compressed') return stated;
  if (origin?.type === 'file') return compressionByName(origin.path);
  return origin?.type === 'url' ? compressionByName(new URL(origin.url).pathname) : undefined;
}

/** The compression that the end of a file's name tells, `disk.raw.xz`. */
export function compressionByName(name: string): Compression | undefined {
  return suffixes[/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
}

function findMethodProblems({
  method,
  origin,
  compression,
  hasStores,
}: {
  readonly method: Method | undefined;
  readonly origin: Origin;
  readonly compression: Compression | undefined;
  readonly hasStores: boolean;
}): SourceProblem[] {
  if (method === undefined) return [];
  const reason = describeMisfit(method, origin, compression, hasStores);
  return reason === undefined ? [] : [{ rule: 'method', pointer: '/source/method', message: reason }];
}

function describeMisfit(
  method: Method,
  { type }: Origin,
  compression: Compression | undefined,
  hasStores: boolean,
): string | undefined {
  if (type === 'itself' && method !== 'copy-image')
    return `${method} needs bytes to bring. Name them by 'file' or 'url', or remove 'method': stores alone are copied to by copy-image.`;
  if (type === 'image' && method !== 'glance-download')
    return `An image of another region comes by glance-download, not by ${method}. Remove 'method'.`;
  if (method === 'copy-image' && (type !== 'itself' || !hasStores))
    return "copy-image copies the image's own bytes to further stores. Name those as 'stores', and nothing else.";
  if (method === 'glance-download' && type !== 'image')
    return "glance-download brings the image of another region. Name it by 'image' and 'region'.";
  if (method === 'web-download' && type === 'file')
    return "By web-download the cloud fetches an address, and cannot reach a file of this machine. Choose upload or glance-direct, or remove 'method'.";
  if (method === 'web-download' && compression)
    return `By web-download the image would hold the compressed bytes. Remove 'method' so that ${compression} is undone on the way, or write 'compression: none'.`;
  return undefined;
}

/** Without its formats Glance takes no data of an image (SOURCES: glance §6, §8). */
function findMissingFormats(image: JsonObject): SourceProblem[] {
  if (image['id'] !== undefined) return [];
  const missing = ['disk_format', 'container_format'].filter((name) => typeof image[name] !== 'string');
  const [first] = missing;
  if (first === undefined) return [];
  const value = first === 'container_format' ? 'bare' : 'qcow2';
  return [
    {
      rule: 'formats',
      pointer: '/source',
      message: `An image takes data once it has ${missing.map((one) => `'${one}'`).join(' and ')}. Add ${missing.length === 1 ? 'it' : 'them'}, such as ${first}: ${value}.`,
      ...(missing.length === 1 && first === 'container_format'
        ? {
            instead: { title: "Set container_format to 'bare'", pointer: '/container_format', value: 'bare' },
          }
        : {}),
    },
  ];
}
