import type { Option, Verb } from '../definition.ts';
import { type Candidates, type CompletedVerb, candidatesOf, readVerbs } from './values.ts';

/** The script for bash 3.2 and newer, with or without the package bash-completion. */
export function bashScript(verbs: readonly Verb[]): string {
  const all = readVerbs(verbs);
  const names = all.filter(({ words }) => words === 2).map(({ verb }) => verb.name);
  return `# Completion of cloud-images for bash, made by: cloud-images completion bash
_cloud_images_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "\${1// /$'\\n'}" -- "$cur"))
}
_cloud_images_names() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" completion "$1" 2>/dev/null)" -- "$cur"))
}
_cloud_images_folders() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -d -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_cloud_images() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" option="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    _cloud_images_words '${names.join(' ')} --help --version'
    return
  fi
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $option == '=' ]]; then
    option="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $COMP_CWORD -gt 2 ]]; then
    case "$verb \${COMP_WORDS[2]}" in
      ${all.flatMap(({ longer }) => longer.map(({ name }) => `'${name}'`)).join('|')}) verb="$verb \${COMP_WORDS[2]}" ;;
    esac
  fi
  case "$verb $option" in
${verbs.flatMap(valueCases).join('\n')}
  esac
  case "$verb" in
${all.map(verbCase).join('\n')}
  esac
}
complete -o bashdefault -o default -F _cloud_images cloud-images
`;
}

/** The values of options; those that may be left out only behind `=`. */
function valueCases({ name, options }: Verb): string[] {
  return Object.entries(options).flatMap(([option, definition]) => {
    if (definition.type === 'boolean') return [];
    const letters = definition.short === undefined ? [] : [`-${definition.short}`];
    const pattern = [`--${option}`, ...letters].map((one) => `'${name} ${one}'`).join('|');
    const act = `${completeWith(candidatesOf(definition))}return`;
    return [
      `    ${pattern}) ${definition.takesNext ? `if [[ \${COMP_WORDS[*]:COMP_CWORD-1:2} == *=* ]]; then ${act}; fi` : act} ;;`,
    ];
  });
}

function verbCase({ verb: { name, options }, words: before, first, others }: CompletedVerb): string {
  const words = Object.entries(options).flatMap(([option, { short }]: [string, Option]) => [
    `--${option}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const atFirst = first
    ? `if [[ $COMP_CWORD -eq ${before} ]]; then ${completeWith(candidatesOf(first))}return; fi\n      `
    : '';
  return `    '${name}')
      if [[ $cur == -* ]]; then
        _cloud_images_words '${words.join(' ')}'
        return
      fi
      ${atFirst}${others ? completeWith(candidatesOf(others)) : ''}: ;;`;
}

/** A command that fills COMPREPLY; none where bash completes files by itself. */
function completeWith(candidates: Candidates): string {
  if (candidates.type === 'words') return `_cloud_images_words '${candidates.words.join(' ')}'; `;
  if (candidates.type === 'names') return `_cloud_images_names ${candidates.names}; `;
  return candidates.type === 'folders' ? '_cloud_images_folders; ' : '';
}
