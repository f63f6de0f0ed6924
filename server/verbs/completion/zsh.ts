import { type Option, summarize, type Verb } from '../definition.ts';
import { type Candidates, candidatesOf } from './values.ts';

/** The script for zsh: a file `_cloud-images` of fpath, or to be evaluated. */
export function zshScript(verbs: readonly Verb[]): string {
  return `#compdef cloud-images
# Completion of cloud-images for zsh, made by: cloud-images completion zsh
_cloud_images_names() {
  local -a names
  names=(\${(f)"$(_call_program names cloud-images completion $1 2>/dev/null)"})
  compadd "$@[2,-1]" -- $names
}
_cloud-images() {
  local line state
  local -a verbs
  verbs=(
${verbs.map((verb) => `    ${quote(`${verb.name}:${summarize(verb)}`)}`).join('\n')}
  )
  _arguments -C '(- *)--help[shows all verbs]' '(- *)--version[the version alone]' '1:verb:->verb' '*::argument:->arguments'
  case $state in
    verb) _describe verb verbs ;;
    arguments)
      case $line[1] in
${verbs.map(verbCase).join('\n')}
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

function verbCase({ name, options, positionals: [positional] }: Verb): string {
  const specifications = Object.entries(options).flatMap(([option, definition]) =>
    optionSpecifications(option, definition),
  );
  const rest = positional ? [`*:${positional.name}:${action(candidatesOf(positional))}`] : [];
  return `        ${name})
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
