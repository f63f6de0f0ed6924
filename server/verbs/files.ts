import { foreignFormats } from '../manifests/foreignFormats.ts';
import { profileNames } from '../rules/profile/profile.ts';
import { profiles } from '../rules/profile/table.ts';
import { defineVerb } from './definition.ts';
import { commonOptions, jsonOption } from './options.ts';

export const diskVerb = defineVerb({
  name: 'disk',
  brief: { takes: 'FILE', does: 'what a disk is, and whether it can be imported' },
  forms: [
    {
      takes: 'FILE',
      does: "what a disk is (VHD, QCOW2, VMDK, VHDX, VDI, raw, ISO, LUKS, QED), which safety checks of OpenStack it fails, what is on it, and whether each profile's cloud would take it",
    },
  ],
  description: [],
  positionals: [{ name: 'FILE', completes: 'file' }],
  options: {
    ...jsonOption('disk'),
    profile: {
      type: 'string',
      value: 'PROFILE',
      choices: profileNames,
      help: 'rackspace or openstack alone; both by default',
    },
    limit: {
      type: 'string',
      value: 'BYTES',
      help: `the import limit of virtual and physical size; default ${profiles.rackspace.limits.importVirtualBytes}`,
    },
    repair: {
      type: 'boolean',
      help: 'repairs what needs no guess: zero identifier, bytes after the footer, lost front copy, creator qemu, a creation time ahead, a geometry larger than the size, a size rounded up over the limit; what it changes is kept in FILE.undo',
    },
    undo: { type: 'boolean', help: 'takes the repair back by FILE.undo' },
    ...commonOptions,
  },
  notes: ['An import that would be refused (by PROFILE, or else by rackspace) is a failure.'],
  examples: ['cloud-images disk exports/web.vhd', 'cloud-images disk exports/web.vhd --repair'],
});

export const convertedFormats = ['manifest', ...foreignFormats] as const;

export const convertVerb = defineVerb({
  name: 'convert',
  brief: { takes: 'FILE…', does: 'images from and for osism, K-ORC, Terraform, Ansible' },
  forms: [{ takes: 'FILE… --to FORMAT', does: 'writes images in the form of another tool' }],
  description: [
    "Files are image manifests, or what other tools keep: images.yml of openstack-image-manager (osism), resources Image of K-ORC (k-orc), openstack_images_image_v2 in Terraform's JSON (terraform), tasks of openstack.cloud.image (ansible). A file is known by its shape, or by .cloud-images.json. What the other form cannot say is a failure, and nothing is written.",
  ],
  positionals: [{ name: 'FILE', completes: 'file' }],
  options: {
    to: { type: 'string', value: 'FORMAT', choices: convertedFormats, help: convertedFormats.join(', ') },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      completes: 'file',
      help: 'where to write; manifests by its ending as YAML or JSON. By default to the output',
    },
    force: { type: 'boolean', help: 'writes over a file that is there' },
    lossy: { type: 'boolean', help: 'leaves out what the other form cannot say' },
    ...jsonOption('convert'),
    ...commonOptions,
  },
  examples: [
    'cloud-images convert images.yml --to manifest -o images.image.yaml',
    'cloud-images convert web.image.yaml --to terraform',
  ],
});
