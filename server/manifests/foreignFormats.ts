/** The files of other tools that describe images. */
export const foreignFormats = ['osism', 'k-orc', 'terraform', 'ansible'] as const;

export type ForeignFormat = (typeof foreignFormats)[number];

/** What people call the tools. */
export const foreignTools: Readonly<Record<ForeignFormat, string>> = {
  osism: 'openstack-image-manager',
  'k-orc': 'K-ORC',
  terraform: 'Terraform',
  ansible: 'Ansible',
};

export function isForeignFormat(value: unknown): value is ForeignFormat {
  return foreignFormats.some((known) => known === value);
}
