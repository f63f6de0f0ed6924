import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { asObject, type Image } from '../../server/cloud/services/images.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { nameParts } from '../../server/manifests/kinds.ts';
import { findRule } from '../../server/rules/evaluate.ts';
import type { Kind } from '../../server/rules/facts.ts';
import { isObject, type Json, type JsonObject } from '../../server/rules/json.ts';
import { diff } from '../../server/rules/service/differences.ts';
import { imageIdOf } from '../../server/rules/service/imageReferences.ts';
import { ask } from '../emulator/harness.ts';
import { type DiskKind, makeDisks, makeVhd, type VhdSpec } from '../tools/disks.ts';
import { type Emulator, startEmulator } from '../tools/emulator.ts';
import { type Problem, startLanguageServer } from '../tools/languageServer.ts';
import {
  ended,
  exports,
  imagesOf,
  liveImages,
  type Operator,
  type ProfileName,
  type Whose,
} from './lives.ts';

/** What one side says of a request. */
export interface Verdict {
  readonly accepted: boolean;
  /** HTTP status, where there is one. */
  readonly status?: number;
  /** Rule ids: of the editor's errors, or of the emulator's refusal. */
  readonly rules: readonly string[];
  /** The editor's messages, or the cloud's words. */
  readonly texts: readonly string[];
  /** The editor said that it does not know a fact which the cloud knows. */
  readonly unchecked?: boolean;
}

export interface Verdicts {
  readonly editor: Verdict;
  readonly emulator: Verdict;
}

/** The real language server and the real emulator, each with its own way to the facts. */
export interface Judges {
  patch(body: Json, of?: Whose, form?: 'v2.0'): Promise<Verdicts>;
  /** An image manifest, applied to the live image as its smallest patch. */
  image(manifest: JsonObject, of?: Whose): Promise<Verdicts>;
  /** An image manifest without an id: a new image (profile openstack). */
  create(manifest: JsonObject): Promise<Verdicts>;
  /** An import whose disk the editor reads as a file and the emulator as the uploaded object; `none`: there is none. */
  import(disk: DiskKind | 'none', properties: JsonObject | undefined): Promise<Verdicts>;
  /** The same, of a disk that is made for the case, or of bytes that may be none. */
  disk(spec: VhdSpec | Uint8Array, properties?: JsonObject): Promise<Verdicts>;
  /** The same, of whatever stands under this address, `container/object`. */
  importFrom(address: string, properties: JsonObject): Promise<Verdicts>;
  /** The `members` of an image manifest: the account's own image, or one of the cloud's. */
  members(items: readonly Json[], of: Whose): Promise<Verdicts>;
  /**
   * An export into a container, where an object of that name may be already (`again`), of an image that may be none. The
   * operator first sets the licences of one's own.
   */
  export(container: string, of: Whose | 'unknown', again: boolean, licences?: string): Promise<Verdicts>;
  /** What the editor alone says of a manifest, under the live image that is given; null: there is none. */
  editorOnly(kind: Kind, body: Json, image: JsonObject | null | undefined): Promise<Verdict>;
  close(): Promise<void>;
}

export async function startJudges(
  profile: ProfileName = 'rackspace',
  limits: JsonObject = {},
): Promise<Judges> {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-agreement-'));
  const config = join(root, '.cloud-images.json');
  writeFileSync(config, JSON.stringify({ profile, limits }));
  const emulator = await startEmulator({
    data: join(root, '.data'),
    arguments: ['--speed', '1000000', '--config', config],
  });
  try {
    return await judgesOf(root, emulator, profile);
  } catch (error) {
    await emulator.close(); // or it would outlive a test that failed to begin
    throw error;
  }
}

async function judgesOf(root: string, emulator: Emulator, profile: ProfileName): Promise<Judges> {
  const files = makeDisks(join(root, exports));
  const credentials = {
    authUrl: `${emulator.url}/identity/v3`,
    userName: 'owner',
    password: 'emulator',
    project: '100001',
  };
  const region = profile === 'rackspace' ? 'DFW' : 'RegionOne';
  const cloud = await connect({ ...credentials, region });
  const partner = await connect({ ...credentials, userName: 'partner', project: '100002', region });
  await cloud.objects.putContainer(exports);
  for (const [kind, file] of files) {
    await cloud.objects.putObject(exports, `${kind}.vhd`, file);
    if (kind === 'dynamic') await partner.objects.putObject(exports, `${kind}.vhd`, file);
  }
  const operator = operatorOf(emulator, partner);
  const lives = await liveImages(cloud, profile, operator);
  const server = await startLanguageServer({
    root,
    requests: {
      'cloudImages/liveImage': () =>
        shown === null ? { none: true } : { image: shown ?? Object.fromEntries(imageOf('own')) },
      'cloudImages/list': ({ container }: { container: string }) => objectsIn(cloud, container),
      'cloudImages/object': () => ({ unavailable: 'the disks of these cases are files' }),
    },
  });
  const { limits } = (await asOperator(emulator, 'GET', '')).json;
  const roles = [profile === 'rackspace' ? 'identity:user-admin' : 'member'];
  const caller = { account: credentials.project, roles };
  await server.connection.sendNotification('cloudImages/limits', { profile, limits, caller });
  let shown: JsonObject | null | undefined; // where it is not one's own
  function imageOf(of: Whose): Image {
    const image = lives.get(of);
    if (!image) throw new Error(`The profile ${profile} has no image that is ${of}.`);
    return image;
  }
  let serial = 0;

  async function editor(path: string, body: Json): Promise<Verdict> {
    await server.connection.sendNotification('cloudImages/imagesChanged', {});
    const document = server.open(path, JSON.stringify(body, null, 1));
    const problems = await document.diagnostics();
    const errors = problems.filter(({ severity, code }) => severity === 1 && !findRule(String(code))?.atBoot);
    await server.connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: document.uri },
    });
    return {
      accepted: errors.length === 0,
      rules: errors.map(({ code }: Problem) => String(code)),
      texts: errors.map(({ message }) => message),
      unchecked: problems.some(({ code }) => code === 'import/unchecked'),
    };
  }

  /** Sends a patch, and brings the image back to what it was. */
  async function send(body: Json, of: Whose, form: 'v2.0' | 'v2.1' = 'v2.1'): Promise<Verdict> {
    const base = imageOf(of);
    const id = String(base.get('id'));
    const url = `${imagesOf(cloud)}/${id}`;
    const media = `application/openstack-images-${form}-json-patch`;
    const verdict = await refusalOf(() => cloud.session.json(url, { method: 'PATCH', json: body, media }));
    if (verdict.accepted) {
      const changed = await cloud.images.get(id);
      const back = diff(changed, new Map([...base, ['updated_at', changed.get('updated_at') ?? null]]));
      lives.set(of, await cloud.images.patch(id, back));
    }
    return verdict;
  }

  async function importOf(address: string, properties: JsonObject | undefined): Promise<Verdicts> {
    const input: JsonObject = {
      import_from: address,
      ...(properties ? { image_properties: properties } : {}),
    };
    const said = await editor(join(root, `${serial++}.image-import.json`), { type: 'import', input });
    return { editor: said, emulator: await taskVerdict(cloud, 'import', input) };
  }

  async function showing<T>(image: JsonObject | null | undefined, use: () => Promise<T>): Promise<T> {
    shown = image;
    try {
      return await use();
    } finally {
      shown = undefined;
    }
  }

  /** What the editor says of a manifest when the client shows it this image. */
  const editorOf = (image: Image | null, path: string, body: Json) =>
    showing(image && Object.fromEntries(image), () => editor(path, body));

  return {
    async members(items, of) {
      const image = imageOf(of);
      const manifest = { id: image.get('id') ?? null, members: [...items] };
      const said = await editorOf(image, join(root, `${serial++}.image.json`), manifest);
      const url = `${imagesOf(cloud)}/${String(image.get('id'))}/members`;
      return { editor: said, emulator: await addAll(cloud, url, items) };
    },
    async export(container, of, again, licences) {
      if (of !== 'unknown' && licences !== undefined) {
        const id = String(imageOf(of).get('id'));
        await operator.operate(id, { properties: { 'com.rackspace__1__options': licences } });
        lives.set(of, await cloud.images.get(id));
      }
      const image = of === 'unknown' ? null : imageOf(of);
      const id = String(image?.get('id') ?? randomUUID());
      const input = { image_uuid: id, receiving_swift_container: container };
      const before = again ? await taskVerdict(cloud, 'export', input) : undefined;
      if (before?.accepted === false) return { editor: before, emulator: before };
      const path = join(root, `${serial++}.image-export.json`);
      const said = await editorOf(image, path, { type: 'export', input });
      const verdict = await taskVerdict(cloud, 'export', input);
      await removeObjects(cloud, container, id);
      return { editor: said, emulator: verdict };
    },
    editorOnly(kind, body, image) {
      const named = kind === 'export' || kind === 'server' ? imageIdOf(kind, body) : undefined;
      const live = image && { id: named ?? null, ...image }; // or it would be taken for another image's
      return showing(live, () => editor(join(root, `${serial++}.${nameParts[kind]}.json`), body));
    },
    async patch(body, of = 'own', form) {
      const live = imageOf(of);
      const path = `cloud-image:/region/${String(live.get('id'))}/${serial++}.image-patch.json`;
      const said = await editorOf(live, path, body);
      return { editor: said, emulator: await send(body, of, form) };
    },
    async image(manifest, of = 'own') {
      const live = imageOf(of);
      const body = { id: live.get('id') ?? null, ...manifest };
      const said = await editorOf(live, join(root, `${serial++}.image.json`), body);
      const operations = diff(live, new Map([...live, ...Object.entries(manifest)]));
      return {
        editor: said,
        emulator: await send(
          operations.map((operation) => ({ ...operation })),
          of,
        ),
      };
    },
    async create(manifest) {
      const said = await editorOf(null, join(root, `${serial++}.image.json`), manifest);
      const verdict = await refusalOf(async () => {
        const made = asObject(await cloud.session.json(imagesOf(cloud), { method: 'POST', json: manifest }));
        await cloud.images.delete(String(made['id']));
      });
      return { editor: said, emulator: verdict };
    },
    import: (disk, properties) => importOf(`${exports}/${disk}.vhd`, properties),
    importFrom: importOf,
    async disk(spec, properties = { name: 'generated' }) {
      const file = join(root, exports, 'generated.vhd');
      if (spec instanceof Uint8Array) writeFileSync(file, spec);
      else makeVhd(file, spec);
      await cloud.objects.putObject(exports, 'generated.vhd', file);
      return importOf(`${exports}/generated.vhd`, properties);
    },
    async close() {
      await server.close();
      await emulator.close();
      rmSync(root, { recursive: true });
    },
  };
}

function operatorOf(emulator: Emulator, partner: Cloud): Operator {
  return {
    partner,
    operate: async (image, change) => {
      await asOperator(emulator, 'PATCH', `/images/dfw/${image}`, change);
    },
  };
}

async function asOperator({ url, token }: Emulator, method: string, path: string, body?: Json) {
  const answer = await ask(url, method, `/emulator${path}`, body, { authorization: `Bearer ${token}` });
  if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer;
}

async function refusalOf(request: () => Promise<unknown>): Promise<Verdict> {
  try {
    await request();
    return { accepted: true, rules: [], texts: [] };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return {
      accepted: false,
      status: error.status,
      rules: error.rule ? [error.rule] : [],
      texts: [error.text],
    };
  }
}

/** Accepted is 201, and `success` in the end. */
async function taskVerdict(cloud: Cloud, type: 'import' | 'export', input: JsonObject): Promise<Verdict> {
  let id = '';
  const verdict = await refusalOf(async () => {
    id = (await cloud.tasks.create(type, input)).id;
  });
  if (!verdict.accepted) return verdict;
  const task = await ended(cloud, id);
  if (task.status === 'success') {
    if (type === 'import') await cloud.images.delete(String(task.result?.['image_id']));
    return verdict;
  }
  return { accepted: false, rules: [], texts: [task.message ?? ''] };
}

/** Adds members one after the other, as an image manifest is applied, and takes them away again. */
async function addAll(cloud: Cloud, url: string, items: readonly Json[]): Promise<Verdict> {
  const added: string[] = [];
  let verdict: Verdict = { accepted: true, rules: [], texts: [] };
  for (const item of items) {
    const member = isObject(item) ? (item['member_id'] ?? null) : item;
    verdict = await refusalOf(() => cloud.session.json(url, { method: 'POST', json: { member } }));
    if (!verdict.accepted) break;
    added.push(`${url}/${String(member)}`);
    if (!isObject(item) || item['status'] === undefined) continue;
    const status = { status: item['status'] };
    verdict = await refusalOf(() => cloud.session.json(added.at(-1) ?? '', { method: 'PUT', json: status }));
    if (!verdict.accepted) break;
  }
  for (const one of added) await cloud.session.send(one, { method: 'DELETE' });
  return verdict;
}

function containerOf(cloud: Cloud, container: string): string {
  return `${cloud.session.endpoint('object-store', cloud.region)}/${encodeURIComponent(container)}`;
}

/** As a client answers `cloudImages/list` of objects. */
async function objectsIn(cloud: Cloud, container: string): Promise<JsonObject> {
  try {
    const listed = await cloud.session.json(`${containerOf(cloud, container)}?format=json`);
    return { items: Array.isArray(listed) ? listed.filter(isObject) : [] };
  } catch (error) {
    if (error instanceof CloudError && [400, 404].includes(error.status ?? 0)) return { none: true };
    throw error;
  }
}

async function removeObjects(cloud: Cloud, container: string, prefix: string): Promise<void> {
  const { items } = await objectsIn(cloud, container);
  const names = (Array.isArray(items) ? items.filter(isObject) : []).map(({ name }) => String(name));
  for (const name of names.filter((one) => one.startsWith(prefix)))
    await cloud.session.send(`${containerOf(cloud, container)}/${encodeURIComponent(name)}`, {
      method: 'DELETE',
    });
}
