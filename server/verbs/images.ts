import { defineVerb } from './definition.ts';
import {
  connectedOptions,
  connectionNotes,
  connectionOptions,
  consentOptions,
  jsonOption,
} from './options.ts';

export const exportVerb = defineVerb({
  name: 'export',
  brief: { takes: 'IMAGE', does: 'exports an image as a VHD, and downloads it' },
  forms: [{ takes: 'PATH…|IMAGE --container C [--download FILE]', does: 'exports images of yours as VHDs' }],
  description: [
    'IMAGE is a UUID, or the name of one image of yours. The export goes to a container of Cloud Files, as an object over segments; the container C is made where it is missing. --download fetches the whole, each segment checked by its MD5; a missing segment is found. An earlier export of the image in C is downloaded as it is. In plain OpenStack there is no export: the image is downloaded.',
  ],
  positionals: [{ name: 'PATH', completes: 'manifest' }],
  options: {
    container: {
      type: 'string',
      value: 'C',
      help: 'where the export of IMAGE goes; manifests say it themselves',
    },
    download: {
      type: 'string',
      value: 'FILE',
      completes: 'file',
      help: 'downloads it too; a folder gets NAME.vhd',
    },
    ...connectionOptions,
    image: { type: 'string', value: 'ID', help: 'the image that exports without one of their own mean' },
    ...jsonOption('export'),
    ...consentOptions,
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    "cloud-images export 'Web frontend' --container exports --download . --emulator",
    'cloud-images export web.image-export.yaml --cloud production --yes',
  ],
});

export const copyVerb = defineVerb({
  name: 'copy',
  brief: { takes: 'IMAGE', does: 'makes an own image of a shared or public one' },
  forms: [{ takes: 'IMAGE', does: 'makes an image of your own of one that is shared with you or public' }],
  description: [
    'IMAGE is a UUID, or the name of an image that you see. A server is built from it, an image is made of the server, and the server is deleted: the copy is yours to change, share and export. Licences of the image stay with the copy; with them it cannot be exported either. Ctrl+C deletes the server too.',
  ],
  positionals: [{ name: 'IMAGE' }],
  options: {
    name: { type: 'string', value: 'NAME', help: 'of the copy; by default that of IMAGE' },
    flavor: {
      type: 'string',
      value: 'ID',
      help: 'of the server; by default the smallest that the image fits',
    },
    ...connectionOptions,
    ...jsonOption('copy'),
    ...consentOptions,
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    "cloud-images copy 'Ubuntu 22.04' --name 'My Ubuntu' --emulator",
    'cloud-images copy ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6 --flavor general1-2 --cloud production',
  ],
});

export const transferVerb = defineVerb({
  name: 'transfer',
  brief: { takes: 'IMAGE', does: 'copies an image to another region' },
  forms: [{ takes: 'IMAGE --from REGION --to REGION', does: 'copies an image of yours to another region' }],
  description: [
    'IMAGE is a UUID or the name of one image of yours. On a terminal, what is not given is asked for: the image, the regions, and whether the objects go afterwards; then what would be done is said and confirmed. Steps: export, copy of the segments through this machine (each checked by its MD5, those that are there already are left), import, and the name, properties and tags that you may set. Where it breaks off, the same command goes on: how far it is stands in ~/.cloud-images/transfers. In plain OpenStack the image is downloaded and uploaded.',
  ],
  positionals: [{ name: 'IMAGE' }],
  options: {
    from: { type: 'string', value: 'REGION', help: 'where the image is' },
    to: { type: 'string', value: 'REGION', help: 'where it shall be' },
    'to-cloud': {
      type: 'string',
      value: 'NAME',
      completes: 'cloud',
      help: 'of clouds.yaml: into another cloud',
    },
    container: {
      type: 'string',
      value: 'C',
      default: 'image-transfers',
      help: 'in both regions; default image-transfers, made where it is missing',
    },
    cleanup: {
      type: 'boolean',
      help: 'removes the exported objects afterwards, and containers that were made for them',
    },
    ...consentOptions,
    'dry-run': { type: 'boolean', help: 'says what would be done, changes nothing' },
    ...jsonOption('transfer'),
    ...connectionOptions,
    ...connectedOptions,
  },
  notes: connectionNotes,
  examples: [
    "cloud-images transfer 'Web frontend' --from DFW --to ORD --cloud production",
    "cloud-images transfer 'Web frontend' --from DFW --to ORD --emulator --cleanup --yes",
  ],
});
