import { dirname, join, normalize } from 'node:path';
import type { Cloud } from '../cloud/cloud.ts';
import { refusalText } from '../cloud/run/show.ts';
import { placeOf } from '../manifests/edits/applyEdits.ts';
import { textIn } from '../manifests/encoding.ts';
import { emptyNode } from '../manifests/nodes.ts';
import { readManifest } from '../manifests/read.ts';
import { asText, type Json, type JsonObject } from '../rules/json.ts';
import { sameValue } from '../rules/service/differences.ts';
import { judgeImageTest } from '../workspace/imageTest.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import type { Expectations, Rehearsed } from './rehearsal.ts';

/** The answer that a document must get. */
type Answer = 'accepted' | { readonly status?: number; readonly rule?: string; readonly text?: string };

/** `NAME.image-test.yaml` as its schema has it. */
interface ImageTest {
  readonly file: string;
  readonly manifest?: string;
  readonly expect?: Answer | readonly Answer[];
  readonly after?: { readonly images?: readonly JsonObject[]; readonly absent?: readonly string[] };
}

const ending = /\.[a-z-]+\.(?:ya?ml|jsonc?)$/i;
const testEndings = ['yaml', 'yml', 'json', 'jsonc'];

/** Reads the tests beside manifests. Throws with the file and what is wrong in it. */
export async function readExpectations(parts: readonly ManifestPart[]): Promise<Expectations> {
  const tests = new Map<string, ImageTest>();
  const manifests = [...new Set(parts.map(({ path }) => normalize(path)))];
  for (const stem of new Set(manifests.map((path) => path.replace(ending, '')))) {
    const test = await readTest(stem);
    if (!test) continue;
    const beside = manifests.filter((path) => path.replace(ending, '') === stem);
    const [only = '', another] = beside;
    if (test.manifest === undefined && another !== undefined)
      throw new Error(
        `${test.file}: several manifests have its name. Say which as 'manifest': ${beside.join(', ')}.`,
      );
    const meant = test.manifest === undefined ? only : normalize(join(dirname(test.file), test.manifest));
    if (tests.has(meant)) throw new Error(`${test.file}: another test speaks of ${meant} already.`);
    tests.set(meant, test);
  }
  return {
    judge: async (rehearsed, isLast, cloud) => {
      const test = tests.get(normalize(rehearsed.file));
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

async function readTest(stem: string): Promise<ImageTest | undefined> {
  for (const one of testEndings) {
    const file = `${stem}.image-test.${one}`;
    if (!(await nodeFiles.status(file))) continue;
    const text = textIn(await nodeFiles.readBytes(file, maximumManifestBytes), file);
    const { documents, problems } = readManifest({ text, path: file });
    const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
    const problem = problems.find(({ severity }) => severity === 'error');
    if (problem) throw new Error(`${file}:${lineOf(problem.start)}: ${problem.message}`);
    const { root = emptyNode(0), data = null } = documents[0] ?? {};
    const [finding] = judgeImageTest(data);
    const { start } = placeOf({ root, start: root.start }, finding?.pointer ?? '', finding?.onKey);
    if (finding) throw new Error(`${file}:${lineOf(start)}: ${finding.message} See schemas/image-test.json.`);
    return { ...(data as unknown as Omit<ImageTest, 'file'>), file };
  }
  return undefined;
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
