/** Manifests of so many lines, none with a problem; `team-…` is where the benches type. */
export const texts = {
  'YAML list': {
    path: 'fleet.image.yaml',
    make: (lines: number) =>
      repeat(lines / 10, (at) => `- ${image(at).replaceAll('\n', '\n  ').trimEnd()}\n`),
  },
  'YAML list for OpenStack': {
    path: 'fleet.image.yaml',
    profile: 'openstack',
    make: (lines: number) =>
      repeat(lines / 10, (at) => `- ${openstackImage(at).replaceAll('\n', '\n  ').trimEnd()}\n`),
  },
  'YAML documents': {
    path: 'fleet.image.yaml',
    make: (lines: number) => repeat(lines / 11, (at) => `---\n${image(at)}`),
  },
  'JSON list': {
    path: 'fleet.image.json',
    make: (lines: number) =>
      JSON.stringify(
        Array.from({ length: lines / 13 }, (_, at) => jsonImage(at)),
        null,
        2,
      ),
  },
  'JSON patch': {
    path: 'fleet.image-patch.json',
    make: (lines: number) =>
      JSON.stringify(
        Array.from({ length: lines / 5 }, (_, at) => ({
          op: 'add',
          path: `/com.example.p${at}`,
          value: `team-${at}`,
        })),
        null,
        2,
      ),
  },
} as const;

export type TextName = keyof typeof texts;

function repeat(count: number, one: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => one(at)).join('');
}

function image(at: number): string {
  return [
    `name: web-${at}`,
    'visibility: private',
    'min_disk: 20',
    'min_ram: 512',
    'tags:',
    `  - web_${at}`,
    '  - production',
    'os_distro: debian',
    `com.example.team: team-${at}`,
    `com.example.release: "${at}"`,
    '',
  ].join('\n');
}

/** An image with properties that Nova reads. */
function openstackImage(at: number): string {
  return [
    `name: web-${at}`,
    'visibility: private',
    'hw_disk_bus: scsi',
    'hw_scsi_model: virtio-scsi',
    'hw_machine_type: q35',
    'hw_firmware_type: uefi',
    'os_secure_boot: required',
    'os_distro: debian',
    `com.example.team: team-${at}`,
    'hw_qemu_guest_agent: "yes"',
    '',
  ].join('\n');
}

function jsonImage(at: number): object {
  return {
    name: `web-${at}`,
    visibility: 'private',
    min_disk: 20,
    min_ram: 512,
    tags: [`web_${at}`, 'production'],
    os_distro: 'debian',
    'com.example.team': `team-${at}`,
    'com.example.release': `${at}`,
  };
}
