import { type Positional, summarize, type Verb } from '../definition.ts';
import { type Candidates, type CompletedVerb, candidatesOf, readVerbs } from './values.ts';

/** The script for fish 3. */
export function fishScript(verbs: readonly Verb[]): string {
  return `# Completion of cloud-images for fish, made by: cloud-images completion fish
function __cloud_images_verb
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        set -l last (math 1 + (count $argv))
        test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
    end
end
complete -c cloud-images -f
complete -c cloud-images -n __cloud_images_verb -l help -s h -d 'shows all verbs'
complete -c cloud-images -n __cloud_images_verb -l version -s v -d 'the version alone'
${readVerbs(verbs).flatMap(verbLines).join('\n')}
`;
}

function verbLines({ verb, words, longer, first, others }: CompletedVerb): string[] {
  const { name, options } = verb;
  const isMeant = [
    `__cloud_images_verb ${name}`,
    ...longer.map((other) => `not __cloud_images_verb ${other.name}`),
  ].join('; and ');
  const condition = `complete -c cloud-images -n '${isMeant}'`;
  const take = (place: Positional | undefined, where: string): string[] =>
    place
      ? [`complete -c cloud-images -n '${isMeant}${where}'${argumentOf(candidatesOf(place), false)}`]
      : [];
  const count = '; and test (count (commandline -opc))';
  return [
    ...(words === 2
      ? [`complete -c cloud-images -n __cloud_images_verb -a ${name} -d ${quote(summarize(verb))}`]
      : []),
    ...take(first, `${count} -eq ${words}`),
    ...take(others, first ? `${count} -gt ${words}` : ''),
    ...Object.entries(options).map(([option, { type, short, takesNext, help, ...place }]) => {
      const letter = short === undefined ? '' : ` -s ${short}`;
      const takes = type === 'boolean' ? '' : argumentOf(candidatesOf(place), takesNext === undefined);
      return `${condition} -l ${option}${letter}${takes} -d ${quote(help)}`;
    }),
  ];
}

function argumentOf(candidates: Candidates, isRequired: boolean): string {
  const required = isRequired ? ' -r' : '';
  if (candidates.type === 'files') return `${required} -F`;
  const alone = `${required} -f`;
  if (candidates.type === 'words') return `${alone} -a ${quote(candidates.words.join(' '))}`;
  if (candidates.type === 'names')
    return `${alone} -a '(cloud-images completion ${candidates.names} 2>/dev/null)'`;
  return candidates.type === 'folders' ? `${alone} -a '(__fish_complete_directories)'` : alone;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
