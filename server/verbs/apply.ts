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

const policyOption = {
  policy: {
    type: 'string',
    value: 'COMMAND',
    help: 'is given the plan as JSON; anything but exit code 0 refuses it with what it says. So does that of the variable CLOUD_IMAGES_POLICY',
  },
} as const;

/** Those of verbs that may take something away. */
const guardOptions = {
  'allow-delete': {
    type: 'boolean',
    help: "also deletes images, takes them away from accounts and hides them; without it, at a terminal, the image's name is asked for. --yes alone does not allow it",
  },
  ...policyOption,
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
    { takes: '--show FILE', does: 'shows a plan that was kept, also one that is stale' },
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
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      completes: 'file',
      help: "keeps the plan: its exact calls and what they rest on, without secrets; 'apply FILE' makes those calls",
    },
    show: { type: 'string', value: 'FILE', completes: 'file', help: 'shows a plan that was kept' },
    ...policyOption,
    'detailed-exitcode': { type: 'boolean', help: 'ends with 2 where something differs, as it always does' },
    ...connectedOptions,
  },
  notes: connectionNotes,
  compares: true,
  examples: [
    'cloud-images plan web.image.yaml --cloud production',
    'cloud-images plan manifests --emulator --json',
    'cloud-images plan manifests --cloud production -o release.plan.json',
  ],
});

export const applyVerb = defineVerb({
  name: 'apply',
  brief: { takes: 'PATH…', does: 'changes images as manifests say, and takes it back' },
  forms: [
    { takes: 'PATH…', does: 'makes the changes of manifests, after showing them' },
    { takes: 'PLAN', does: "makes the calls of a plan that was kept by 'plan -o', and no others" },
    { takes: '--undo FILE', does: 'undoes an apply' },
  ],
  description: [
    'Manifests are run in the order of their files and documents, those of a folder behind what they need; documents after one that makes an image or a server apply to what it makes. Ends at the first refusal. How to undo it is kept in ~/.cloud-images/undo before each call.',
    'A kept plan needs no manifests. It is applied once, and only while all that it rests on is as it was: that is read again before each call, and what has moved is named.',
  ],
  positionals: paths,
  options: {
    ...runOptions,
    ...jsonOption('apply'),
    ...consentOptions,
    'dry-run': { type: 'boolean', help: 'shows the plan, changes nothing' },
    ...guardOptions,
    resume: {
      type: 'boolean',
      help: 'goes on with a plan that broke off, after looking for what was sent last',
    },
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
    'cloud-images apply release.plan.json --yes --allow-delete',
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
  options: {
    ...runOptions,
    ...jsonOption('import'),
    ...consentOptions,
    ...guardOptions,
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    'cloud-images import web.image-import.yaml --emulator',
    'cloud-images import web.image-import.yaml --cloud production --dry-run',
  ],
});
