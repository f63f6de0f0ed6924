import { summarize, type Verb } from '../definition.ts';
import { type Candidates, candidatesOf } from './values.ts';

/** The script for fish 3. */
export function fishScript(verbs: readonly Verb[]): string {
  return `# Completion of cloud-images for fish, made by: cloud-images completion fish
function __cloud_images_verb
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
    else
        test (count $words) -gt 1; and test $words[2] = $argv[1]
    end
end
complete -c cloud-images -f
complete -c cloud-images -n __cloud_images_verb -l help -s h -d 'shows all verbs'
complete -c cloud-images -n __cloud_images_verb -l version -s v -d 'the version alone'
${verbs.flatMap(verbLines).join('\n')}
`;
}

function verbLines(verb: Verb): string[] {
  const {
    name,
    options,
    positionals: [positional],
  } = verb;
  const condition = `complete -c cloud-images -n '__cloud_images_verb ${name}'`;
  return [
    `complete -c cloud-images -n __cloud_images_verb -a ${name} -d ${quote(summarize(verb))}`,
    ...(positional ? [`${condition}${argumentOf(candidatesOf(positional), false)}`] : []),
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
