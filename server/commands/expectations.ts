import { dirname, join, normalize, relative, resolve } from 'node:path';
import type { Cloud } from '../cloud/cloud.ts';
import { refusalText } from '../cloud/run/show.ts';
import { findManifests } from '../lint/files.ts';
import { placeOf } from '../manifests/edits/applyEdits.ts';
import { textIn } from '../manifests/encoding.ts';
import { isImageTest } from '../manifests/kinds.ts';
import { emptyNode } from '../manifests/nodes.ts';
import { readManifest } from '../manifests/read.ts';
import { asText, type Json, type JsonObject } from '../rules/json.ts';
import { sameValue } from '../rules/service/differences.ts';
import { judgeImageTest, namedManifest, stemOf } from '../workspace/imageTest.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Parts } from './parts.ts';
import type { Expectations, Rehearsed } from './rehearsal.ts';
import { isFolder } from './writable.ts';

/** The answer that a document must get. */
type Answer = 'accepted' | { readonly status?: number; readonly rule?: string; readonly text?: string };

/** `NAME.image-test.yaml` as its schema has it. */
interface ImageTest {
  readonly file: string;
  readonly manifest?: string;
  readonly expect?: Answer | readonly Answer[];
  readonly after?: { readonly images?: readonly JsonObject[]; readonly absent?: readonly string[] };
}

/** Reads the tests of manifests, which were read from these paths. Throws with the file and what is wrong in it, and where one tests nothing. */
export async function readExpectations(
  { parts, workspace }: Parts,
  paths: readonly string[],
): Promise<Expectations> {
  const tests = new Map<string, ImageTest>();
  const manifests = new Map(parts.map(({ path }) => [resolve(path), normalize(path)]));
  for (const { file, isAsked } of await listTests([...manifests.values()], paths)) {
    const place = resolve(file);
    const isOfName = [...manifests.keys()].some(
      (manifest) => dirname(manifest) === dirname(place) && stemOf(manifest) === stemOf(place),
    );
    const test = await readTest(file, workspace).catch((error: unknown) => {
      if (isAsked || isOfName) throw error;
      return undefined; // of some other manifest of the folder
    });
    if (!test) continue;
    const tested = (await workspace.testedManifests(place, test.manifest)) ?? [];
    const [meant, another] = tested.filter((manifest) => manifests.has(manifest));
    if (meant !== undefined && another !== undefined)
      throw new Error(
        `${file}: several manifests have its name. Say which as 'manifest': ${tested.map((one) => manifests.get(one) ?? one).join(', ')}.`,
      );
    if (meant === undefined) {
      if (!isAsked) continue;
      throw new Error(
        `${file}: its manifest ${tested.map((one) => relative('', one)).join(', ')} is not rehearsed, so nothing is tested. Name that too.`,
      );
    }
    if (tests.has(meant))
      throw new Error(`${file}: another test speaks of ${manifests.get(meant) ?? meant} already.`);
    tests.set(meant, test);
  }
  return {
    judge: async (rehearsed, isLast, cloud) => {
      const test = tests.get(resolve(rehearsed.file));
      if (!test || rehearsed.why === 'interrupted') return undefined;
      const answer = answerOf(test, rehearsed.document);
      const failures = [
        ...judgeAnswer(answer, rehearsed),
        ...(isLast && test.after ? await judgeAfter(test.after, cloud) : []),
      ];
      return { file: test.file, met: failures.length === 0, wanted: answerText(answer), failures };
    },
  };
}

/** Tells whether a rehearsed document is a failure: one that is refused as its test says is none. */
export function isFailure({ outcome, expected }: Rehearsed): boolean {
  return expected ? !expected.met : outcome === 'refused';
}

/** The tests in the folders that were given, which must have a manifest, and those beside manifests. */
async function listTests(
  manifests: readonly string[],
  paths: readonly string[],
): Promise<{ readonly file: string; readonly isAsked: boolean }[]> {
  const found = new Map<string, { readonly file: string; readonly isAsked: boolean }>();
  const add = (file: string, isAsked: boolean): void => {
    if (isImageTest(file) && !found.has(resolve(file))) found.set(resolve(file), { file, isAsked });
  };
  for (const path of paths)
    if (await isFolder(path))
      for (const file of await findManifests([path], async (file) => isImageTest(file))) add(file, true);
  for (const folder of new Set(manifests.map((path) => dirname(path))))
    for (const { name } of await nodeFiles.list(folder)) add(join(folder, name), false);
  return [...found.values()];
}

async function readTest(file: string, workspace: Workspace): Promise<ImageTest> {
  const text = textIn(await nodeFiles.readBytes(file, maximumManifestBytes), file);
  const { documents, problems } = readManifest({ text, path: file });
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) throw new Error(`${file}:${lineOf(problem.start)}: ${problem.message}`);
  const { root = emptyNode(0), data = null } = documents[0] ?? {};
  const tested = await workspace.testedManifests(resolve(file), namedManifest(data));
  const [finding] = judgeImageTest(data, tested?.length === 0);
  const { start } = placeOf({ root, start: root.start }, finding?.pointer ?? '', finding?.onKey);
  if (finding) throw new Error(`${file}:${lineOf(start)}: ${finding.message}`);
  return { ...(data as unknown as Omit<ImageTest, 'file'>), file };
}

function answerOf({ expect = 'accepted' }: ImageTest, document: number): Answer {
  return Array.isArray(expect) ? (expect[document - 1] ?? 'accepted') : (expect as Answer);
}

function answerText(answer: Answer): string {
  if (answer === 'accepted') return 'accepted';
  const { status, rule, text } = answer;
  return `refused: ${[status, text === undefined ? undefined : `'${text}'`, rule === undefined ? undefined : `(${rule})`].filter((one) => one !== undefined).join(' ')}`;
}

function judgeAnswer(answer: Answer, { outcome, refused, why }: Rehearsed): string[] {
  const was = refused
    ? `refused: ${refusalText(refused)}`
    : why === undefined
      ? outcome
      : `${outcome}: ${why}`;
  const isMet =
    answer === 'accepted'
      ? outcome === 'accepted'
      : refused !== undefined &&
        (answer.status ?? refused.status) === refused.status &&
        (answer.rule ?? refused.rule) === refused.rule &&
        refused.text.includes(answer.text ?? '');
  return isMet ? [] : [`expected ${answerText(answer)}; it was ${was}`];
}

async function judgeAfter(
  { images = [], absent = [] }: NonNullable<ImageTest['after']>,
  cloud: Cloud,
): Promise<string[]> {
  const own = new Map<string, ReadonlyMap<string, Json>>();
  for (const query of [{}, { os_hidden: 'true' }])
    for await (const page of cloud.images.list({ owner: cloud.session.account.id, ...query }))
      for (const image of page) own.set(asText(image.get('id') ?? ''), image);
  const find = (wanted: string): ReadonlyMap<string, Json>[] =>
    [...own.values()].filter((image) => image.get('id') === wanted || image.get('name') === wanted);
  const failures: string[] = [];
  for (const stated of images) {
    const name = asText(stated['id'] ?? stated['name'] ?? '');
    const [image, another] = find(name);
    if (!image || another) {
      failures.push(`expected one image '${name}' afterwards; there ${image ? 'are several' : 'is none'}`);
      continue;
    }
    for (const [attribute, value] of Object.entries(stated)) {
      const live = attribute === 'members' ? await readMembers(image, cloud) : image.get(attribute);
      const isSame = value === null ? live === undefined || live === null : same(attribute, value, live);
      if (!isSame)
        failures.push(
          `expected ${attribute} ${value === null ? 'not to be there' : JSON.stringify(value)} of image '${name}' afterwards; it is ${live === undefined ? 'not there' : JSON.stringify(live)}`,
        );
    }
  }
  for (const name of absent)
    if (find(name).length > 0) failures.push(`expected no image '${name}' afterwards; there is one`);
  return failures;
}

function same(attribute: string, value: Json, live: Json | undefined): boolean {
  return live !== undefined && sameValue(attribute === 'members' ? 'tags' : attribute, value, live);
}

async function readMembers(image: ReadonlyMap<string, Json>, { members }: Cloud): Promise<Json[]> {
  return (await members.list(asText(image.get('id') ?? ''))).map(({ account }) => account);
}
