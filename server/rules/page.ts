import type { ServiceRefusal } from './emulatorRefusals.ts';
import type { DiskFacts } from './facts.ts';
import { problems } from './problems.ts';
import { propertiesSection } from './properties/page.ts';
import type { Rule } from './rule.ts';
import { serviceRefusals } from './serviceRefusals.ts';

/** The rules, problems of text and shape, and refusals of the service as a Markdown page, a section each; a finding's code links to its section. */
export function rulesPage(rules: readonly Rule[]): string {
  const families = [...new Set(rules.map(({ id }) => id.split('/')[0] ?? ''))];
  const sections = families.flatMap((family) => [
    `## ${family}`,
    ...rules.filter(({ id }) => id.startsWith(`${family}/`)).map(section),
  ]);
  const refusals: [string, ServiceRefusal][] = Object.entries(serviceRefusals);
  const others = [
    '## Text, shape and editor',
    ...Object.entries(problems).map(([id, summary]) => `### ${id}\n\n${summary}`),
    '## Refusals of the service alone',
    ...refusals.map(
      ([id, { status, title, summary, source }]) =>
        `### ${id}\n\n${title}: ${summary}\n\n**HTTP ${status}**  \nSource: ${source}.`,
    ),
  ];
  return `${[intro, ...sections, ...others, propertiesSection()].join('\n\n')}\n`;
}

const intro = `# Rules

What the cloud refuses (error), accepts and makes you regret (warning), and what is worth knowing (information, hint).
The editor marks it while you type; the emulator refuses with the same words. Change a severity, or switch a rule off,
by its id under \`severities\` in \`.cloud-images.json\` or in the setting \`cloudImages.severities\`.

<!-- Generated from the rules by \`npm run docs\`; a test holds it current. -->`;

function section(rule: Rule): string {
  const { id, severity, summary, source, example, profile, kinds } = rule;
  const facts = [
    `**${severity}** · ${kinds.join(', ')}${profile ? ` · profile \`${profile}\`` : ''}`,
    `Source: ${source}.`,
  ];
  const shown = example.bad.length > 400 ? '' : `\n\nMarked${why(example)}:\n\n${yaml(example.bad)}`;
  const good = same(example) || example.good.length > 400 ? '' : `\n\nNot marked:\n\n${yaml(example.good)}`;
  return `### ${id}\n\n${summary}\n\n${facts.join('  \n')}${shown}${good}`;
}

function same({ bad, good }: Rule['example']): boolean {
  return bad === good;
}

/** What makes a manifest bad that looks like the good one. */
function why(example: Rule['example']): string {
  const { disk, image, container, caller, quota, policies, vocabulary, release } = example;
  const facts = [
    ...(disk ? [`its disk (${describe(disk)})`] : []),
    ...(image === null ? ['no such image'] : []),
    ...(image && Object.keys(image).length > 0 ? [`the live image (\`${JSON.stringify(image)}\`)`] : []),
    ...(container ? [container === 'missing' ? 'no such container' : 'what the container holds'] : []),
    ...(quota ? [`the quota (\`${JSON.stringify(quota)}\`)`] : []),
    ...(policies ? [`the policies (\`${JSON.stringify(policies)}\`)`] : []),
    ...(vocabulary ? ['what the cloud tells'] : []),
    ...(caller ? [`the caller's roles (${caller.roles.join(', ')})`] : []),
  ];
  if (release) facts.push(`a cloud that runs OpenStack ${release}`);
  if (facts.length === 0) return same(example) ? ', given nothing of its disk or image' : '';
  const isGiven = same(example) || caller || policies || vocabulary || release;
  return isGiven ? `, given ${facts.join(' and ')}` : '';
}

function describe({ format, physicalSize, vhd, virtualSize, safety, guest: seen }: DiskFacts): string {
  if (!vhd)
    return [
      `a ${format} file`,
      ...(virtualSize === undefined ? [] : [`${virtualSize / 2 ** 30} GB virtual`]),
      ...(safety?.failed ?? []).map((check) => `the check \`${check}\` fails`),
      ...(seen ? [[seen.layout, ...seen.windows].join('; ')] : []),
    ].join(', ');
  const guest = [...vhd.guest.windows, ...vhd.guest.windowsSigns].join(', ');
  const size = `${vhd.virtualSize / 2 ** 30} GB virtual, ${physicalSize / 2 ** 30} GB physical`;
  return `type ${vhd.type}, creator ${vhd.creator}, ${size}${guest ? `, ${guest}` : ''}${vhd.zeroUuid ? ', identifier zero' : ''}`;
}

function yaml(text: string): string {
  return `\`\`\`yaml\n${text}\`\`\``;
}

/** The anchor of a rule's section, as Markdown renderers make it of the heading. */
export function anchorOf(id: string): string {
  return id.replaceAll('/', '').toLowerCase();
}
