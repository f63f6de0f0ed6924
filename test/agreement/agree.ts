import fc from 'fast-check';
import { anyCase, type Case } from './cases.ts';
import { type Judges, startJudges, type Verdicts } from './judges.ts';
import type { ProfileName } from './lives.ts';

export function judge(judges: Judges, one: Case): Promise<Verdicts> {
  if (one.kind === 'patch') return judges.patch(one.body, one.of);
  if (one.kind === 'create') return judges.create(one.manifest);
  if (one.kind === 'disk') return judges.disk(one.spec, one.properties);
  if (one.kind === 'import-from') return judges.importFrom(one.address, one.properties);
  if (one.kind === 'members') return judges.members(one.items, one.of);
  if (one.kind === 'export') return judges.export(one.container, one.of, one.again, one.licences);
  return one.kind === 'image' ? judges.image(one.manifest, one.of) : judges.import(one.disk, one.properties);
}

/** How the two sides differ; undefined where they agree: the same verdict, and for the same reason in the same words. */
export function disagreement({ editor, emulator }: Verdicts): string | undefined {
  const said = `editor ${editor.accepted ? 'accepts' : `refuses (${editor.rules.join(', ')}: ${editor.texts.join(' | ')})`}, emulator ${
    emulator.accepted
      ? 'accepts'
      : `refuses (${emulator.status ?? 'task'} ${emulator.rules.join(', ')}: ${emulator.texts.join(' | ')})`
  }`;
  // Where it says that it did not look at the disk, it may not know the reason that the cloud gives first.
  if (editor.unchecked && (editor.accepted || !emulator.accepted)) return undefined;
  if (editor.accepted !== emulator.accepted) return said;
  if (emulator.accepted) return undefined;
  const sameReason = emulator.rules.every((rule) => editor.rules.includes(rule));
  const sameWords = emulator.texts.every((text) =>
    editor.texts.some((message) => oneLine(message).includes(oneLine(text))),
  );
  return sameReason && sameWords ? undefined : said;
}

/** Error bodies are HTML or text by `Accept`, so white space is not part of the words. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** Judges so many cases, prints their distribution, and the smallest disagreement with its seed. */
export async function agree(profile: ProfileName, count: number, seed: number): Promise<boolean> {
  const judges = await startJudges(profile);
  const distribution = new Map<string, { accepted: number; refused: number }>();
  try {
    const property = fc.asyncProperty(anyCase[profile], async (one) => {
      const verdicts = await judge(judges, one);
      note(distribution, one, verdicts.emulator.accepted);
      const difference = disagreement(verdicts);
      if (difference) throw new Error(`${JSON.stringify(one)}\n${difference}`);
    });
    const result = await fc.check(property, { numRuns: count, seed });
    print(distribution);
    if (!result.failed) return true;
    console.log(
      `\nDisagreement in the profile ${profile}, seed ${seed}, after ${result.numRuns} cases:\n${String(result.errorInstance)}`,
    );
    return false;
  } finally {
    await judges.close();
  }
}

function note(
  distribution: Map<string, { accepted: number; refused: number }>,
  one: Case,
  accepted: boolean,
): void {
  for (const about of one.about.split(' + ')) {
    const row = `${one.kind}: ${about.replace(/^(replace|remove): /, '')}`;
    const counts = distribution.get(row) ?? { accepted: 0, refused: 0 };
    counts[accepted ? 'accepted' : 'refused']++;
    distribution.set(row, counts);
  }
}

function print(distribution: Map<string, { accepted: number; refused: number }>): void {
  let [accepted, refused] = [0, 0];
  for (const [row, counts] of [...distribution].sort()) {
    console.log(
      `${row.padEnd(44)}${String(counts.accepted).padStart(6)} accepted${String(counts.refused).padStart(6)} refused`,
    );
    accepted += counts.accepted;
    refused += counts.refused;
  }
  console.log(
    `${'all'.padEnd(44)}${String(accepted).padStart(6)} accepted${String(refused).padStart(6)} refused`,
  );
}
