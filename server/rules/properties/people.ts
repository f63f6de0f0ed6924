import { type Property, scsSource } from './property.ts';

const scs = { readers: ['scs'], source: scsSource } as const;

/** What informs people and tools: Sovereign Cloud Stack's SCS-0102, and what tools leave behind. */
export const informingProperties: readonly Property[] = [
  {
    ...scs,
    name: 'os_purpose',
    title: 'Purpose',
    description:
      'What the image is for; one image of each distribution, version and architecture is `generic`.',
    kind: 'enum',
    values: ['custom', 'generic', 'gpu', 'k8snode', 'minimal', 'network'],
  },
  {
    ...scs,
    name: 'replace_frequency',
    title: 'Replaced',
    description: 'How often the image is replaced by a newer one.',
    kind: 'enum',
    values: ['critical_bug', 'daily', 'monthly', 'never', 'quarterly', 'weekly', 'yearly'],
  },
  {
    ...scs,
    name: 'uuid_validity',
    title: 'Validity of the id',
    description: 'How long the image can be had by its id: `none`, `last-3`, a date, `notice` or `forever`.',
    kind: 'text',
    values: ['forever', 'last-3', 'none', 'notice'],
  },
  {
    ...scs,
    name: 'provided_until',
    title: 'Provided until',
    description:
      'The date, such as `2027-04-30`, up to which the image is provided, or `none`; in quotes in YAML.',
    kind: 'text',
    values: ['none'],
  },
  {
    ...scs,
    name: 'hotfix_hours',
    title: 'Hours to a hotfix',
    description: 'Hours within which a new image follows a critical fix.',
    kind: 'integer',
    minimum: 0,
  },
  {
    ...scs,
    name: 'image_source',
    title: 'Source',
    description: 'Where the image is from: a URL, or `private`.',
    kind: 'text',
    values: ['private'],
  },
  {
    ...scs,
    name: 'image_description',
    title: 'Description of the image',
    description: 'A text or the URL of release notes.',
    kind: 'text',
  },
  {
    ...scs,
    name: 'image_build_date',
    title: 'Built',
    description: 'The date, and the time if wanted, at which the image was built; in quotes in YAML.',
    kind: 'text',
  },
  {
    ...scs,
    name: 'image_original_user',
    title: 'Original user',
    description: 'The user that the image comes with.',
    kind: 'text',
  },
  {
    ...scs,
    name: 'patchlevel',
    title: 'Patch level',
    description: 'How far the system is patched.',
    kind: 'text',
  },
  {
    ...scs,
    name: 'maintained_until',
    title: 'Maintained until',
    description: 'The date up to which the distributor maintains the system; in quotes in YAML.',
    kind: 'text',
  },
  {
    ...scs,
    name: 'license_included',
    title: 'Licence included',
    description: 'Whether the price of a server includes the licence.',
    kind: 'boolean',
  },
  {
    ...scs,
    name: 'license_required',
    title: 'Licence required',
    description: 'Whether the user must have a licence.',
    kind: 'boolean',
  },
  {
    ...scs,
    name: 'subscription_included',
    title: 'Subscription included',
    description: 'Whether the price of a server includes the subscription for updates.',
    kind: 'boolean',
  },
  {
    ...scs,
    name: 'subscription_required',
    title: 'Subscription required',
    description: 'Whether the user must have a subscription for updates.',
    kind: 'boolean',
  },
  {
    ...scs,
    name: 'l1_support_contact',
    title: 'Support',
    description: 'Whom users turn to first.',
    kind: 'text',
  },
  ...['md5', 'sha256', 'object'].map(
    (name): Property => ({
      name: `owner_specified.openstack.${name}`,
      title: name === 'object' ? 'Object uploaded from' : `${name.toUpperCase()} by the client`,
      description:
        'Written by openstacksdk, which knows by it whether an upload is the same; it may be empty.',
      kind: 'text',
      readers: ['people'],
      setBy: 'openstacksdk',
      source: 'openstacksdk, openstack/image/v2/_proxy.py',
    }),
  ),
  {
    name: 'os_glance_NAME',
    title: 'Reserved by Glance',
    description: 'Glance keeps names that begin with os_glance_ for itself.',
    kind: 'text',
    readers: ['glance'],
    setBy: 'Glance',
    source: 'glance/api/v2/images.py',
  },
];
