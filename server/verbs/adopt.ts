import { defineVerb } from './definition.ts';
import { connectedOptions, connectionNotes, connectionOptions, jsonOption } from './options.ts';

export const adoptVerb = defineVerb({
  name: 'adopt',
  brief: { takes: 'IMAGE…', does: 'writes manifests of what is there' },
  forms: [
    {
      takes: 'IMAGE… -o FOLDER',
      does: 'writes manifests of images as they are: applying them changes nothing',
    },
    { takes: '--all -o FOLDER', does: 'of all images of the account' },
  ],
  description: [
    'Images are named by UUID or name. Where a manifest of the folder describes an image already, only what differs is rewritten there, and comments and order stay. Nothing is changed in the cloud.',
  ],
  positionals: [{ name: 'IMAGE' }],
  options: {
    ...connectionOptions,
    output: {
      type: 'string',
      short: 'o',
      value: 'DIR',
      completes: 'folder',
      help: 'the folder; it is made where it is missing',
    },
    all: { type: 'boolean', help: 'all images of the account, hidden ones too' },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['yaml', 'json'],
      default: 'yaml',
      help: 'yaml or json, of new files; default yaml',
    },
    ...jsonOption('adopt'),
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    "cloud-images adopt 'Web frontend' -o manifests --emulator",
    'cloud-images adopt --all -o manifests --cloud production',
  ],
});
