import { defineVerb } from './definition.ts';
import {
  beginningOption,
  commonOptions,
  connectionOptions,
  jsonOption,
  rulesOptions,
  throwawaySpeed,
  throwawaySpeedOption,
} from './options.ts';

export const rehearseVerb = defineVerb({
  name: 'rehearse',
  brief: { takes: 'PATH…', does: 'runs manifests in an emulator of their own' },
  forms: [
    {
      takes: 'PATH…',
      does: 'runs manifests in an emulator of their own, and says what the cloud would answer',
    },
    {
      takes: 'PATH… --cloud NAME',
      does: 'runs them in an empty project of a real cloud, and removes what they made',
    },
  ],
  description: [
    'Paths are manifests, in the order in which they are run, or folders: there imports come first, then images of servers, images, patches, exports and servers. The emulator lives in a temporary folder and is gone afterwards, whatever happens.',
  ],
  positionals: [{ name: 'PATH', completes: 'manifest' }],
  options: {
    speed: { ...throwawaySpeedOption, default: String(throwawaySpeed) },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'json', 'jsonl', 'junit'],
      default: 'text',
      help: 'text, json, jsonl (a line a document, as each ends) or junit; default text',
    },
    ...jsonOption('rehearse'),
    ...rulesOptions,
    'data-from': { ...beginningOption, default: 'demo' },
    user: {
      type: 'string',
      value: 'NAME',
      help: "who runs them, of the demo's users (default owner) or those of SEED (default the first)",
    },
    region: { type: 'string', value: 'REGION', help: 'default DFW' },
    cloud: { ...connectionOptions.cloud, help: 'in this cloud of clouds.yaml, in a project that is empty' },
    clean: {
      type: 'boolean',
      help: 'with --cloud: removes what a run that broke off has left there, and ends',
    },
    keep: {
      type: 'string',
      value: 'DIR',
      completes: 'folder',
      help: "keeps the emulator's data in a new folder: cloud-images emulator --data DIR",
    },
    snapshot: {
      type: 'boolean',
      help: 'compares the plans with those kept in __plans__ beside the manifests; ends with 2 where they differ',
    },
    update: {
      type: 'boolean',
      help: 'with --snapshot: keeps them as they are now, and removes those whose manifests are gone',
    },
    ...commonOptions,
  },
  compares: true,
  notes: [
    'NAME.image-test.yaml beside a manifest says what must be answered (expect) and what must stand afterwards (after); what is refused as expected is no failure.',
    'With --cloud a project is refused that holds images, servers or containers. What is made there is kept in ~/.cloud-images/rehearsals before each request, and only that is deleted, never what a list shows. The next run, or --clean, removes what one that broke off has left.',
    'Manifests of images and servers that the rehearsal does not have are not rehearsed and said so.',
  ],
  examples: [
    'cloud-images rehearse manifests',
    'cloud-images rehearse manifests --cloud staging-tests',
    'cloud-images rehearse web.image-import.yaml web.image.yaml --format junit > rehearsal.xml',
  ],
});
