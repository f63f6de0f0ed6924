import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import type { CloudVocabulary, DefinedProperty } from '../../rules/profile/vocabulary.ts';
import { type Cloud, findImageEndpoint } from '../cloud.ts';
import { addressPart } from '../session/address.ts';
import { CloudError } from '../session/errors.ts';
import type { Session } from '../session/session.ts';
import { openImageImports } from './imageImports.ts';
import { asObject } from './images.ts';

const imageType = 'OS::Glance::Image';
/** A cloud with more is read so far. */
const mostNamespaces = 200;

/**
 * Reads what a cloud tells of its images. What one service refuses or does not have is left out; throws CloudError where the
 * image service does not answer at all.
 */
export async function readVocabulary(
  { session, region }: Pick<Cloud, 'session' | 'region'>,
  cloud: string,
  now: Date,
  signal?: AbortSignal,
): Promise<CloudVocabulary> {
  const base = findImageEndpoint(session, region);
  const get = async (url: string): Promise<JsonObject> => asObject(await session.json(url, { signal }));
  const imports = openImageImports(session, region);
  const schema = await get(`${base}/schemas/image`);
  const [properties, stores, methods, volumeTypes] = await Promise.all([
    orElse({}, readDefinitions(base, get)),
    orElse([], imports.stores()),
    orElse([], imports.methods()),
    orElse(undefined, readVolumeTypes(findVolumeEndpoint(session, region), get)),
  ]);
  return {
    cloud,
    readAt: now.toISOString(),
    isCurrent: true,
    required: texts(schema['required']),
    properties,
    stores: stores.map(({ id }) => id),
    methods,
    ...(volumeTypes ? { volumeTypes } : {}),
  };
}

/** Refusals, and services that are not there, are no answer; what is no cloud's error is thrown. */
async function orElse<T>(otherwise: T, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CloudError) return otherwise;
    throw error;
  }
}

type Get = (url: string) => Promise<JsonObject>;

async function readDefinitions(base: string, get: Get): Promise<Record<string, DefinedProperty>> {
  const names: string[] = [];
  let url: string | undefined = `${base}/metadefs/namespaces?resource_types=${encodeURIComponent(imageType)}`;
  while (url !== undefined && names.length < mostNamespaces) {
    const page: JsonObject = await get(url);
    const listed: Json[] = Array.isArray(page['namespaces']) ? page['namespaces'] : [];
    names.push(...listed.flatMap((one) => (isObject(one) ? texts([one['namespace'] ?? null]) : [])));
    const { next } = page;
    url = listed.length > 0 && typeof next === 'string' ? `${base}${next.replace(/^\/v2/, '')}` : undefined;
  }
  const found: Record<string, DefinedProperty> = {};
  // One after the other: a cloud has some thirty, and nobody waits for them.
  for (const name of names.slice(0, mostNamespaces)) {
    const one = await get(
      `${base}/metadefs/namespaces/${addressPart(name)}?resource_type=${encodeURIComponent(imageType)}`,
    );
    collect(found, asObject(one['properties'] ?? {}));
    const objects = Array.isArray(one['objects']) ? one['objects'].filter(isObject) : [];
    for (const { properties } of objects) collect(found, asObject(properties ?? {}));
  }
  return found;
}

function collect(found: Record<string, DefinedProperty>, properties: JsonObject): void {
  for (const [name, body] of Object.entries(properties)) {
    if (!isObject(body) || Object.hasOwn(found, name)) continue;
    const { title, description, type, minimum, maximum } = body;
    const values = texts(body['enum']);
    found[name] = {
      type: typeof type === 'string' ? type : 'string',
      ...(typeof title === 'string' ? { title } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      ...(values.length > 0 ? { values } : {}),
      ...(typeof minimum === 'number' ? { minimum } : {}),
      ...(typeof maximum === 'number' ? { maximum } : {}),
    };
  }
}

/** Catalogues call Cinder by its version, or by its kind. */
function findVolumeEndpoint(session: Session, region: string): string | undefined {
  for (const type of ['volumev3', 'block-storage']) {
    try {
      return session.endpoint(type, region);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error; // there is none of this type
    }
  }
  return undefined;
}

async function readVolumeTypes(endpoint: string | undefined, get: Get): Promise<string[] | undefined> {
  if (endpoint === undefined) return undefined;
  const { volume_types: types } = await get(`${endpoint}/types`);
  return (Array.isArray(types) ? types.filter(isObject) : []).flatMap(({ name }) => texts([name ?? null]));
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
