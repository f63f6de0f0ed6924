import type { DiskFacts, GuestFacts, VhdFacts } from '../rules/facts.ts';
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
  const lines: Line[] = [
    ['disk', facts.name],
    ['format', nameFormat(facts)],
    ...(facts.virtualSize === undefined ? [] : [['virtual size', size(facts.virtualSize)] satisfies Line]),
    ['physical size', size(facts.physicalSize)],
    ...safetyLines(facts),
    ...(facts.vhd ? vhdLines(facts.vhd) : []),
    ...(facts.guest ? guestLines(facts.guest) : []),
    ...(facts.unread === undefined ? [] : [['guest', `not read: ${facts.unread}`] satisfies Line]),
    ...(facts.vhd ? damageLines(facts.vhd) : []),
    ...verdicts.flatMap(({ profile, accepted, text, findings = [] }): Line[] => [
      [profile, accepted ? describeAcceptance(findings) : `refused: ${text ?? ''}`],
      ...findings.map(({ severity, message, rule }): Line => ['', `${severity}: ${message} (${rule})`]),
    ]),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return `${lines.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')}\n`;
}

type Line = [label: string, value: string];

/** What is taken may still be nothing that a server is built of. */
function describeAcceptance(findings: readonly Finding[]): string {
  const isUseless = findings.some(({ severity }) => severity === 'error');
  return isUseless ? 'accepted, but no server is built of it' : 'accepted';
}

function nameFormat({ format, subformat, vhd, streams = [] }: DiskFacts): string {
  if (vhd) return `vhd, ${typeName(vhd)}`;
  const isTabled = format === 'raw' && streams.includes('gpt');
  return `${format}${subformat === undefined ? '' : `, ${subformat}`}${isTabled ? ', with a boot record' : ''}`;
}

/** What OpenStack's services would say of the file, whatever it is declared as. */
function safetyLines({ safety, streams = [] }: DiskFacts): Line[] {
  if (!safety) return [];
  return [
    ['seen by openstack as', streams.join(' and ') || 'raw'],
    ['safety checks', safety.safe ? 'all pass' : `fail: ${safety.failed.join(', ')}`],
  ];
}

function vhdLines(vhd: VhdFacts): Line[] {
  return [['creator', vhd.creator], ...(vhd.zeroUuid ? [['identifier', 'all zeros'] satisfies Line] : [])];
}

function guestLines({ layout, windows, windowsSigns, boot }: GuestFacts): Line[] {
  const starts = boot && [...(boot.bios ? ['BIOS'] : []), ...(boot.efi ? ['UEFI'] : [])];
  return [
    ['guest', layout],
    ...(starts ? [['starts by', starts.join(' and ') || 'nothing that was recognised'] satisfies Line] : []),
    ...((boot?.loaders.length ?? 0) > 0
      ? [['efi loaders', boot?.loaders.join(', ') ?? ''] satisfies Line]
      : []),
    ...windows.map((proof): Line => ['windows', proof]),
    ...windowsSigns.map((sign): Line => ['sign of windows', sign]),
  ];
}

function damageLines({ damage }: VhdFacts): Line[] {
  if (damage.length === 0) return [['structure', 'sound']];
  return damage.map(({ field, text }): Line => ['damage', `${field}: ${text}`]);
}

function typeName({ type }: VhdFacts): string {
  return ({ 2: 'fixed', 3: 'dynamic', 4: 'differencing' } as Record<number, string>)[type] ?? `type ${type}`;
}

function size(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  const rounded = gib >= 1 ? `${gib.toFixed(2)} GiB` : `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
  return `${bytes.toLocaleString('en')} bytes (${rounded})`;
}
