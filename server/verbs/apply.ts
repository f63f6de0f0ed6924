import { defineVerb } from './definition.ts';
import {
  connectedOptions,
  connectionNotes,
  connectionOptions,
  consentOptions,
  jsonOption,
} from './options.ts';

const runOptions = {
  ...connectionOptions,
  image: {
    type: 'string',
    value: 'ID',
    help: 'the image that patches and exports without one of their own mean',
  },
  'segment-size': {
    type: 'string',
    value: 'N',
    help: 'bytes; larger disks are uploaded in segments of this size; without it, above 5 GB by 1 GB',
  },
} as const;

const paths = [{ name: 'PATH', completes: 'manifest' }] as const;

export const planVerb = defineVerb({
  name: 'plan',
  brief: { takes: 'PATH…', does: 'what applying manifests would change' },
  forms: [
    {
      takes: 'PATH…',
      does: 'what applying manifests would change, and what the cloud would refuse of it',
    },
  ],
  description: [
    'Paths are manifests, or folders of them. Only the keys that a manifest states count; one that equals the live value is nothing to do. Nothing is changed.',
  ],
  positionals: paths,
  options: {
    ...runOptions,
    ...jsonOption('plan'),
    yes: { type: 'boolean', help: 'as for apply; a plan asks nothing' },
    'dry-run': { type: 'boolean', help: 'as for apply; a plan changes nothing' },
    ...connectedOptions,
  },
  notes: connectionNotes,
  compares: true,
  examples: [
    'cloud-images plan web.image.yaml --cloud production',
    'cloud-images plan manifests --emulator --json',
  ],
});

export const applyVerb = defineVerb({
  name: 'apply',
  brief: { takes: 'PATH…', does: 'changes images as manifests say, and takes it back' },
  forms: [
    { takes: 'PATH…', does: 'makes the changes of manifests, after showing them' },
    { takes: '--undo FILE', does: 'undoes an apply' },
  ],
  description: [
    'Manifests are run in the order of their files and documents, those of a folder behind what they need; documents after one that makes an image or a server apply to what it makes. Ends at the first refusal. How to undo it is kept in ~/.cloud-images/undo before each call.',
  ],
  positionals: paths,
  options: {
    ...runOptions,
    ...jsonOption('apply'),
    ...consentOptions,
    'dry-run': { type: 'boolean', help: 'shows the plan, changes nothing' },
    undo: { type: 'string', value: 'FILE', completes: 'file', help: 'undoes what FILE says' },
    ...connectedOptions,
  },
  notes: [
    'Ctrl+C ends it after the call that is under way, and says what was done and what not.',
    ...connectionNotes,
  ],
  compares: true,
  examples: [
    'cloud-images apply web.image.yaml --cloud production',
    'cloud-images apply manifests --emulator --yes',
    'cloud-images apply --undo ~/.cloud-images/undo/FILE',
  ],
});

export const importVerb = defineVerb({
  name: 'import',
  brief: { takes: 'PATH…', does: 'uploads and imports the disks of import manifests' },
  forms: [{ takes: 'PATH…', does: 'imports the disks of import manifests as images' }],
  description: [
    'Uploads a disk where the container does not hold an equal one, asks for the task, waits for its end, and says what became of it. Documents behind an import in its file apply to its image. In plain OpenStack the image is created and uploaded.',
  ],
  positionals: paths,
  options: { ...runOptions, ...jsonOption('import'), ...consentOptions, ...connectedOptions },
  notes: connectionNotes,
  examples: [
    'cloud-images import web.image-import.yaml --emulator',
    'cloud-images import web.image-import.yaml --cloud production --dry-run',
  ],
});
