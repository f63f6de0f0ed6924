import { kinds, nameParts } from '../manifests/kinds.ts';
import { defineVerb } from './definition.ts';
import { connectedOptions, connectionOptions, jsonOption, rulesOptions } from './options.ts';

const lintFormats = ['stylish', 'json', 'sarif', 'github', 'junit'] as const;

const { region, user, project } = connectionOptions;

export const lintVerb = defineVerb({
  name: 'lint',
  brief: { takes: '[paths…]' },
  forms: [{ takes: '[paths…]', does: 'checks manifests by the rules of the editor' }],
  description: [
    `Paths are files, patterns in quotes such as 'deploy/**/*.yaml', or folders that are searched for manifests: ${Object.values(
      nameParts,
    )
      .map((part) => `*.${part}.*`)
      .join(
        ', ',
      )} (yaml, yml, json, jsonc) and what .cloud-images.json names; without any, this folder. A path of - reads standard input.`,
  ],
  positionals: [{ name: 'PATH', completes: 'manifest' }],
  options: {
    fix: { type: 'boolean', help: 'repairs what can be repaired without a choice, in the files' },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: lintFormats,
      default: 'stylish',
      help: `${lintFormats.join(', ')}; stylish by default`,
    },
    ...jsonOption('lint'),
    kind: {
      type: 'string',
      value: 'KIND',
      choices: kinds,
      help: `${kinds.join(', ')}: of standard input, and of files whose name does not say`,
    },
    ...rulesOptions,
    'max-warnings': { type: 'string', value: 'N', help: 'more warnings than N are a failure' },
    'require-disks': {
      type: 'boolean',
      help: 'the disk of an import that is not on this machine is an error',
    },
    watch: { type: 'boolean', help: 'again at each change of the files, until Ctrl+C' },
    'allow-empty': { type: 'boolean', help: 'a folder without a manifest is no failure' },
    'stdin-path': {
      type: 'string',
      value: 'PATH',
      default: '',
      completes: 'file',
      help: 'the name that standard input goes by, for its kind and its settings',
    },
    cloud: {
      ...connectionOptions.cloud,
      help: 'also judges by this cloud, as the editor does while it is connected: its images, servers, flavors, quotas and containers, and what the caller may do',
    },
    emulator: {
      ...connectionOptions.emulator,
      help: 'the same by the running emulator; with both: --region, --user and --project, as for plan',
    },
    region,
    user,
    project,
    ...connectedOptions,
    verbose: {
      ...connectedOptions.verbose,
      help: `with --cloud or --emulator: ${connectedOptions.verbose.help}`,
    },
  },
  notes: ['Errors, or too many warnings, are a failure.'],
  examples: [
    'cloud-images lint',
    "cloud-images lint --fix 'manifests/**'",
    'cloud-images lint --require-disks --format github',
    'cloud-images lint --cloud production manifests',
  ],
});
