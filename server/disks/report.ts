import type { DiskFacts, VhdFacts } from '../rules/facts.ts';
import type { Finding } from '../rules/rule.ts';
import { readDiskFacts } from './facts.ts';
import { fileSource } from './fileSource.ts';

export interface Verdict {
  readonly profile: string;
  readonly accepted: boolean;
  /** The cloud's words where it refuses. */
  readonly text?: string;
  /** Everything that the profile's rules say of it. */
  readonly findings?: readonly Finding[];
}

export interface DiskReport {
  readonly text: string;
  readonly json: DiskFacts & { readonly verdicts: readonly Verdict[] };
}

/**
 * Writes what `cloud-images disk FILE` prints. `judge` says what each profile's cloud would answer; the rules are not this
 * folder's to ask. Throws where the file cannot be read.
 */
export async function describeDisk(
  path: string,
  judge: (facts: DiskFacts) => readonly Verdict[] = () => [],
): Promise<DiskReport> {
  const source = fileSource(path);
  try {
    const facts = { ...(await readDiskFacts(path, source, Date.now())), path };
    const verdicts = judge(facts);
    return { text: renderText(facts, verdicts), json: { ...facts, verdicts } };
  } finally {
    source.close();
  }
}

function renderText(facts: DiskFacts, verdicts: readonly Verdict[]): string {
  const lines: [string, string][] = [
    ['disk', facts.name],
    ['format', facts.vhd ? `vhd, ${typeName(facts.vhd)}` : facts.format],
    ['physical size', size(facts.physicalSize)],
    ...(facts.vhd ? vhdLines(facts.vhd) : []),
    ...verdicts.flatMap(({ profile, accepted, text, findings = [] }): [string, string][] => [
      [profile, accepted ? 'accepted' : `refused: ${text ?? ''}`],
      ...findings.map(({ severity, message, rule }): [string, string] => [
        '',
        `${severity}: ${message} (${rule})`,
      ]),
    ]),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return `${lines.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')}\n`;
}

function vhdLines(vhd: VhdFacts): [string, string][] {
  const { guest } = vhd;
  return [
    ['virtual size', size(vhd.virtualSize)],
    ['creator', vhd.creator],
    ...(vhd.zeroUuid ? [['identifier', 'all zeros'] satisfies [string, string]] : []),
    ['guest', guest.layout],
    ...guest.windows.map((proof): [string, string] => ['windows', proof]),
    ...guest.windowsSigns.map((sign): [string, string] => ['sign of windows', sign]),
    ...(vhd.damage.length === 0 ? [['structure', 'sound'] satisfies [string, string]] : []),
    ...vhd.damage.map(({ field, text }): [string, string] => ['damage', `${field}: ${text}`]),
  ];
}

function typeName({ type }: VhdFacts): string {
  return ({ 2: 'fixed', 3: 'dynamic', 4: 'differencing' } as Record<number, string>)[type] ?? `type ${type}`;
}

function size(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  const rounded = gib >= 1 ? `${gib.toFixed(2)} GiB` : `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
  return `${bytes.toLocaleString('en')} bytes (${rounded})`;
}
