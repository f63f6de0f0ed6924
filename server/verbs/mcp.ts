import { defineVerb } from './definition.ts';
import { connectedOptions, connectionNotes, connectionOptions } from './options.ts';

export const mcpVerb = defineVerb({
  name: 'mcp',
  brief: { takes: '', does: 'tools for agents, by the Model Context Protocol' },
  forms: [{ takes: '', does: 'tools for agents, by the Model Context Protocol over stdio' }],
  description: [
    'Agents list and show what is in the cloud, check and explain manifests, plan changes, and apply a plan. Before one is applied the person is asked and sees each HTTP call. Manifests are those of the folder that it is run in. Without --cloud and --allow-cloud it is the emulator that agents work in.',
  ],
  positionals: [],
  options: {
    'allow-cloud': {
      type: 'string',
      value: 'WHAT',
      choices: ['read', 'apply'],
      help: 'read or apply: what agents may do in a cloud that is no emulator; default nothing',
    },
    'allow-apply': {
      type: 'boolean',
      help: 'applies without a question where the client cannot ask the person',
    },
    ...connectionOptions,
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    'cloud-images mcp --emulator',
    'cloud-images mcp --cloud production --allow-cloud read',
    '{"mcpServers": {"cloud-images": {"command": "cloud-images", "args": ["mcp"]}}}',
  ],
});
