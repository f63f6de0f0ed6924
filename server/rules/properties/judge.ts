import { hasReached, type Release } from '../profile/releases.ts';
import { legacyNames, novaFields } from './novaFields.ts';
import {
  type BootRefusal,
  falseWords,
  type NovaReading,
  type NovaValue,
  readListOfMappings,
  readNovaValue,
  refuseNoJson,
  trueWords,
} from './read.ts';
import { fieldOf, findProperty } from './table.ts';

/** What Nova does with one property of an image when a server is booted from it. */
export type Judgement =
  | { readonly type: 'accepted'; readonly field: string; readonly value: NovaValue }
  /** A word that is neither true nor false to Nova, which takes it for false without telling. */
  | { readonly type: 'readFalse'; readonly field: string }
  | { readonly type: 'refused'; readonly status: number; readonly text: string }
  /**
   * `unknown`: nobody knows the name; `newer`: a later release does; `other`: it is not Nova's, or not of a boot;
   * `trait`: a trait with another value than `required`.
   */
  | { readonly type: 'ignored'; readonly reason: 'unknown' | 'newer' | 'other' | 'trait' };

/** Judges a property by itself, as Nova of a release reads it (`ImageMetaProps`; SOURCES: properties §2). */
export function judgeProperty(name: string, text: string, release: Release): Judgement {
  const property = findProperty(name);
  if (!property) return { type: 'ignored', reason: 'unknown' };
  const field = fieldOf(name);
  if (name.startsWith('trait:'))
    return text === 'required'
      ? { type: 'accepted', field: name, value: text }
      : { type: 'ignored', reason: 'trait' };
  if (property.since && !hasReached(release, property.since)) return { type: 'ignored', reason: 'newer' };
  if (name === 'vmware_adaptertype') return judgeAdapter(text, release);
  if (!readByNova.has(field)) return { type: 'ignored', reason: 'other' };
  const read = readProperty(name, field, text, release);
  if (isRefusal(read)) return { type: 'refused', ...read };
  const word = text.trim().toLowerCase();
  if (property.kind === 'boolean' && !trueWords.includes(word) && !falseWords.includes(word))
    return { type: 'readFalse', field };
  return { type: 'accepted', field, value: read.value };
}

function judgeAdapter(text: string, release: Release): Judgement {
  return text === 'ide' || text === ''
    ? { type: 'accepted', field: 'hw_disk_bus', value: text }
    : judgeProperty('hw_scsi_model', text, release);
}

/** The properties of an image as Nova has them: by its current names, with canonical values. */
export interface NovaProps {
  readonly values: ReadonlyMap<string, NovaValue>;
  /** Of the processors and the memory of NUMA nodes, those of the nodes from 0 without a gap. */
  readonly numaCpus?: readonly (readonly number[])[];
  readonly numaMemory?: readonly number[];
  /** Required traits. */
  readonly traits: readonly string[];
}

export type ImageProperties = Readonly<Record<string, string>>;

/**
 * Reads the properties of an image as Nova does when a server is booted from it (SOURCES: properties §2): first the
 * names of before, then the current ones, which win; unknown names are dropped. Answers the first refusal where there is one.
 */
export function toNovaProps(properties: ImageProperties, release: Release): NovaProps | BootRefusal {
  for (const name of ['block_device_mapping', 'mappings']) {
    const text = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const refused = text === undefined ? undefined : refuseNoJson(text);
    if (refused) return refused;
  }
  const values = new Map<string, NovaValue>();
  const nodes: Record<string, NovaValue[]> = { hw_numa_cpus: [], hw_numa_mem: [] };
  for (const { name, field, text } of assignments(properties)) {
    const since = findProperty(field)?.since;
    if (since && !hasReached(release, since)) continue;
    const read = readProperty(name, field, text, release);
    if (isRefusal(read)) return read;
    const list = Object.hasOwn(nodes, field) ? nodes[field] : undefined;
    if (list) list.push(read.value);
    else values.set(field, read.value);
  }
  const { hw_numa_cpus: cpus = [], hw_numa_mem: memory = [] } = nodes;
  return {
    values,
    ...(cpus.length > 0 ? { numaCpus: cpus.map((cpu) => (Array.isArray(cpu) ? cpu : [])) } : {}),
    ...(memory.length > 0 ? { numaMemory: memory.map(Number) } : {}),
    traits: Object.keys(properties)
      .filter((name) => name.startsWith('trait:') && properties[name] === 'required')
      .map((name) => name.slice('trait:'.length)),
  };
}

/** Tells a refusal from what was read. */
export function isRefusal<Read extends object>(read: Read | BootRefusal): read is BootRefusal {
  return 'status' in read;
}

interface Assignment {
  /** The name on the image. */
  readonly name: string;
  readonly field: string;
  readonly text: string;
}

/** What Nova sets, in its order: a later one wins, and the first bad one refuses. */
function* assignments(properties: ImageProperties): Generator<Assignment> {
  const known = Object.keys(properties).filter((name) => places.has(name));
  known.sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  for (const name of known) {
    const text = properties[name] ?? '';
    if (name === 'vmware_adaptertype') {
      if (text !== '') yield { name, field: 'hw_disk_bus', text: text === 'ide' ? 'ide' : 'scsi' };
      if (text !== '' && text !== 'ide') yield { name, field: 'hw_scsi_model', text };
    } else if (name.endsWith('.0')) yield* nodes(properties, name.slice(0, -'.0'.length));
    else yield { name, field: legacyNames.get(name) ?? name, text };
  }
}

/** What is set of NUMA nodes: from 0 to the first that is missing. */
function* nodes(properties: ImageProperties, field: string): Generator<Assignment> {
  for (let node = 0; node < mostNodes; node++) {
    const name = `${field}.${node}`;
    const text = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (text === undefined) return;
    yield { name, field, text };
  }
}

const mostNodes = 128;
const perNode: readonly string[] = ['hw_numa_cpus', 'hw_numa_mem'];
/** Where each name stands in Nova's order; of what is set node by node, node 0. */
const places: ReadonlyMap<string, number> = new Map(
  [
    ...legacyNames.keys(),
    'vmware_adaptertype',
    ...novaFields.map((field) => (perNode.includes(field) ? `${field}.0` : field)),
  ].map((name, place) => [name, place]),
);
const readByNova: ReadonlySet<string> = new Set(novaFields);

function readProperty(name: string, field: string, text: string, release: Release): NovaReading {
  const property = findProperty(field) ?? findProperty(name);
  if (!property) return { value: text };
  if (property.kind === 'list' && name !== field)
    return refuseNoJson(text) ?? readListOfMappings(field, text);
  return readNovaValue(property, field, text, release);
}
