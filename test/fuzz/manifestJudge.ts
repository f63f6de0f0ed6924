/** What must hold of every manifest whatever its text: findings at places of it, and edited the same as read anew. */
import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import type { Analysis } from '../../server/language/analysis/analysis.ts';
import { judge } from '../../server/language/analysis/analyze.ts';
import { nothingJudged } from '../../server/language/analysis/judging.ts';
import { fixAll } from '../../server/language/features/codeActions/fixes.ts';
import { outlineManifest } from '../../server/language/features/documentSymbol.ts';
import { findFolds } from '../../server/language/features/foldingRange.ts';
import type { ManifestFile } from '../../server/manifests/file.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import type { CaseResult } from './judge.ts';
import { changed, type Manifest, type manifestBases, manifestCase } from './manifestCases.ts';
import { randomOf } from './random.ts';

const settings = { profile: profiles.rackspace, isStrict: true, severities: {}, manifests: [] } as const;
const mostAllocated = 400 * 1024 * 1024;

export function judgeManifestCase(
  bases: ReturnType<typeof manifestBases>,
  seed: number,
  number: number,
): CaseResult {
  const made = manifestCase(bases, seed, number);
  const before = getHeapStatistics().used_heap_size;
  const start = process.threadCpuUsage();
  const read = analysisOf(made);
  const { user, system } = process.threadCpuUsage(start);
  const allocated = getHeapStatistics().used_heap_size - before;
  assert.ok(allocated <= mostAllocated, `${allocated} bytes were allocated`);
  for (const { finding, start: from, end } of read.findings) {
    assert.ok(from >= 0 && from <= end && end <= made.text.length, `${finding.rule} at ${from} to ${end}`);
    assert.ok(finding.message.length > 0);
  }
  if (number % 4 === 0 && made.text.length < 5000) lookFurther(read, made, bases, seed, number);
  const [first] = read.findings;
  return { outcome: first?.finding.rule ?? 'clean', allocated, milliseconds: (user + system) / 1000 };
}

function lookFurther(
  read: Analysis,
  made: Manifest,
  bases: ReturnType<typeof manifestBases>,
  seed: number,
  number: number,
): void {
  outlineManifest(read);
  findFolds(read);
  const random = randomOf(seed + 1, number);
  const text = changed(made.text, bases, random);
  const edited = analysisOf({ ...made, text }, read);
  const anew = analysisOf({ ...made, text });
  assert.deepEqual(edited.findings, anew.findings, JSON.stringify([made.text, text]));
  assert.deepEqual(
    edited.file.documents.map(({ data }) => data),
    anew.file.documents.map(({ data }) => data),
  );
  if (number % 16 === 0) fixAll(read);
}

function analysisOf({ path, text }: Manifest, previous?: Analysis): Analysis {
  const file: ManifestFile = readManifest({ text, path, previous: previous?.file });
  const facts = file.documents.map(() => ({ profile: settings.profile }));
  const judged = previous?.judged ?? nothingJudged();
  return {
    uri: `file://${path}`,
    file,
    settings,
    facts,
    judged,
    findings: judge(file, facts, settings, judged),
  };
}
