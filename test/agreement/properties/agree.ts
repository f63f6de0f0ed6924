import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRefusal, toNovaProps } from '../../../server/rules/properties/judge.ts';
import { refuseBoot } from '../../../server/rules/properties/refuseBoot.ts';
import { randomOf } from '../../fuzz/random.ts';
import { ensureDebian } from '../../tools/debian.ts';
import { type Case, makeCase } from './cases.ts';

export interface Agreement {
  readonly accepted: number;
  readonly refused: number;
  /** What Nova did not expect itself, and answers with an error of its own. */
  readonly unexpected: number;
  readonly problems: readonly string[];
}

type Answer = { readonly text: string } | { readonly read: object } | { readonly unexpected: string };

const module = '/usr/lib/python3/dist-packages/nova/objects/image_meta.py';

/** Compares what we say of random images and flavors with Nova 26's own code, word by word. Installs it where it is missing. */
export async function agreeOnProperties(cases: number, seed: number): Promise<Agreement> {
  ensureDebian(['python3-nova'], module);
  const made = Array.from({ length: cases }, (_, at) => makeCase(randomOf(seed, at)));
  const answers = await askNova(made);
  const counts = { accepted: 0, refused: 0, unexpected: 0 };
  const problems: string[] = [];
  for (const [at, one] of made.entries()) {
    const theirs = answers[at];
    if (!theirs) throw new Error(`Nova answered ${answers.length} of ${cases} cases.`);
    if ('unexpected' in theirs) {
      counts.unexpected++;
      continue;
    }
    const ours = answer(one);
    counts['text' in theirs ? 'refused' : 'accepted']++;
    if (JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs)))
      problems.push(
        `${JSON.stringify(one)}\n  Nova ${JSON.stringify(theirs)}\n  we   ${JSON.stringify(ours)}`,
      );
  }
  return { ...counts, problems };
}

function answer({ image, flavor }: Case): Answer {
  const refused = refuseBoot(image, flavor, 'zed');
  if (refused) return { text: refused.status === 500 ? 'no JSON' : refused.text };
  const props = toNovaProps(image.properties, 'zed');
  if (isRefusal(props)) throw new Error('What is refused alone is refused with a flavor too.');
  const { values, numaCpus, numaMemory, traits } = props;
  return {
    read: {
      ...Object.fromEntries(values),
      ...(numaCpus ? { hw_numa_cpus: numaCpus } : {}),
      ...(numaMemory ? { hw_numa_mem: numaMemory } : {}),
      ...(traits.length > 0 ? { traits_required: traits } : {}),
    },
  };
}

function sorted(value: object): unknown {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, one]) => [name, name === 'read' ? sorted(one) : one]);
}

/** Debian's Python, since Nova is of its packages. */
async function askNova(cases: readonly Case[]): Promise<Answer[]> {
  const child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'judge.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  const ended = once(child, 'close');
  child.stdin.on('error', () => undefined); // its end says why
  child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const answers: Answer[] = [];
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line));
  const [code] = await ended;
  if (code !== 0) throw new Error(`Nova's code ended with ${String(code)}: ${log}`);
  return answers;
}
