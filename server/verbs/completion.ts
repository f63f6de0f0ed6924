import { defineVerb } from './definition.ts';
import { commonOptions, jsonOption } from './options.ts';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** What the scripts of the shells ask for at a TAB. */
export const completedNames = ['clouds', 'codes'] as const;

export const completionVerb = defineVerb({
  name: 'completion',
  brief: { takes: 'SHELL', does: 'completion of verbs and options for bash, zsh, fish or PowerShell' },
  forms: [{ takes: 'bash|zsh|fish|powershell', does: 'writes the script that completes verbs and options' }],
  description: [
    'Completes verbs, options and what they take, files, the clouds of clouds.yaml and the codes of explain. With clouds or codes in place of the shell, those names are listed.',
  ],
  positionals: [{ name: 'SHELL', choices: shells }],
  options: commonOptions,
  examples: [
    'eval "$(cloud-images completion bash)"                                  # in ~/.bashrc',
    'cloud-images completion zsh > "$fpath[1]/_cloud-images"                 # once, in zsh',
    'cloud-images completion fish > ~/.config/fish/completions/cloud-images.fish',
    'cloud-images completion powershell | Out-String | Invoke-Expression     # in $PROFILE',
  ],
});

export const explainVerb = defineVerb({
  name: 'explain',
  brief: { takes: 'CODE' },
  forms: [{ takes: 'CODE', does: 'what a rule, a refusal or an error means, and what to do' }],
  description: [
    'CODE is what stands in parentheses behind a message, or beside a finding of lint: the id of a rule such as property/protected, or a code of the command line such as cloud/unreachable.',
  ],
  positionals: [{ name: 'CODE', completes: 'code' }],
  options: {
    ...jsonOption('explain'),
    ...commonOptions,
  },
  examples: ['cloud-images explain tag/length', 'cloud-images explain cloud/unreachable --json'],
});

/** `names`: of the verbs that shells complete. */
export function helpVerb(names: readonly string[]) {
  return defineVerb({
    name: 'help',
    brief: { takes: '[VERB]' },
    forms: [{ takes: '[VERB]', does: 'the list of all verbs, or the options and examples of one' }],
    description: ['The same as cloud-images --help, and cloud-images VERB --help.'],
    positionals: [{ name: 'VERB', choices: names }],
    options: { help: commonOptions.help },
    examples: ['cloud-images help plan', 'cloud-images help emulator snapshot'],
  });
}

export const manVerb = defineVerb({
  name: 'man',
  brief: { takes: '', does: 'the manual page, for man -l' },
  forms: [{ takes: '', does: 'writes the manual page' }],
  description: ['The page of section 1, in roff.'],
  positionals: [],
  options: commonOptions,
  examples: ['cloud-images man | man -l -', 'cloud-images man > ~/.local/share/man/man1/cloud-images.1'],
});
