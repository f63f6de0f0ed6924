import { defineVerb } from './definition.ts';

export const lspVerb = defineVerb({
  name: 'lsp',
  brief: { takes: '', does: 'the language server, for editors other than VS Code' },
  forms: [{ takes: '', does: 'the language server, over standard input and output' }],
  description: [
    'It checks, explains, completes and repairs manifests and their tests by the Language Server Protocol. An editor starts it; README has an example.',
  ],
  positionals: [],
  options: {
    stdio: { type: 'boolean', help: 'what it does anyway, and what many editors add' },
  },
  examples: ['cloud-images lsp'],
});
