import { type Option, type Positional, summarize, type Verb } from '../definition.ts';
import { type Candidates, type CompletedVerb, candidatesOf, readVerbs } from './values.ts';

/** The script for zsh: a file `_cloud-images` of fpath, or to be evaluated. */
export function zshScript(verbs: readonly Verb[]): string {
  const all = readVerbs(verbs);
  return `#compdef cloud-images
# Completion of cloud-images for zsh, made by: cloud-images completion zsh
_cloud_images_names() {
  local -a names
  names=(\${(f)"$(_call_program names cloud-images completion $1 2>/dev/null)"})
  compadd "$@[2,-1]" -- $names
}
_cloud-images() {
  local line state verb
  local -a verbs
  verbs=(
${all
  .filter(({ words }) => words === 2)
  .map(({ verb }) => `    ${quote(`${verb.name}:${summarize(verb)}`)}`)
  .join('\n')}
  )
  _arguments -C '(- *)--help[shows all verbs]' '(- *)--version[the version alone]' '1:verb:->verb' '*::argument:->arguments'
  case $state in
    verb) _describe verb verbs ;;
    arguments)
      verb=$line[1]
      if (( CURRENT > 2 )); then
        case "$verb $words[2]" in
          ${all.flatMap(({ longer }) => longer.map(({ name }) => quote(name))).join('|')})
            verb="$verb $words[2]"
            shift words
            (( CURRENT-- )) ;;
        esac
      fi
      case $verb in
${all.map(verbCase).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _cloud-images ]; then
  _cloud-images "$@"
else
  compdef _cloud-images cloud-images
fi
`;
}

function verbCase({ verb: { name, options }, first, others }: CompletedVerb): string {
  const specifications = Object.entries(options).flatMap(([option, definition]) =>
    optionSpecifications(option, definition),
  );
  const take = (where: string, place: Positional | undefined): string[] =>
    place ? [`${where}:${place.name}:${action(candidatesOf(place))}`] : [];
  const rest = [...take('1', first), ...take('*', others)];
  return `        ${quote(name)})
          _arguments -s \\
${[...specifications, ...rest].map((one) => `            ${quote(one)}`).join(' \\\n')} ;;`;
}

function optionSpecifications(name: string, option: Option): string[] {
  const { type, short, value = name, takesNext, multiple } = option;
  const help = option.help.replace(/[[\]:\\]/g, '\\$&');
  const argument = `${value}:${action(candidatesOf(option))}`;
  const repeated = multiple ? '*' : '';
  const long =
    type === 'boolean'
      ? `--${name}[${help}]`
      : takesNext
        ? `--${name}=-[${help}]::${argument}`
        : `${repeated}--${name}=[${help}]:${argument}`;
  if (short === undefined) return [long];
  return [long, type === 'boolean' ? `-${short}[${help}]` : `-${short}+[${help}]:${argument}`];
}

function action(candidates: Candidates): string {
  if (candidates.type === 'words') return `(${candidates.words.join(' ')})`;
  if (candidates.type === 'names') return `{_cloud_images_names ${candidates.names}}`;
  return { files: '_files', folders: '_files -/', text: ' ' }[candidates.type];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
