import { defineVerb } from './definition.ts';
import { connectedOptions, connectionNotes, connectionOptions, jsonOption } from './options.ts';

export const diffVerb = defineVerb({
  name: 'diff',
  brief: { takes: 'PATH…', does: 'what live images have otherwise than manifests' },
  forms: [
    { takes: 'PATH…', does: 'what live images have otherwise than manifests say, whoever has changed it' },
  ],
  description: [
    'Paths are manifests, or folders of them. Only the keys that a manifest states count. It only reads: a role that sees images is enough. Imports, patches, exports and servers are not compared, nor the bytes of a source.',
  ],
  positionals: [{ name: 'PATH', completes: 'manifest' }],
  options: {
    ...connectionOptions,
    ...jsonOption('diff'),
    watch: {
      type: 'boolean',
      help: 'again at each change of the files, and every --interval, until Ctrl+C',
    },
    interval: {
      type: 'string',
      value: 'N',
      default: '60',
      help: 'seconds between two looks at the cloud with --watch; default 60',
    },
    ...connectedOptions,
  },
  notes: connectionNotes,
  compares: true,
  examples: [
    'cloud-images diff manifests --cloud production',
    'cloud-images diff manifests --cloud production --json',
  ],
});
