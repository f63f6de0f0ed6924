import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type ForeignFormat, foreignFormats } from '../../server/manifests/foreignFormats.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { isObject, type Json, type JsonObject } from '../../server/rules/json.ts';
import { convertImages, UnconvertibleFile } from '../../server/workspace/foreign/convert.ts';
import { toNormal } from '../../server/workspace/foreign/normal.ts';
import { type Random, randomOf } from '../fuzz/random.ts';
import { debianTools, ensureDebian } from '../tools/debian.ts';

const inputOf = (text: string, path = 'images.yaml', format?: ForeignFormat) => ({
  name: path,
  file: readManifest({ text, path, ...(format ? { told: { format, why: 'by a test' } } : {}) }),
});

const words = [
  'a',
  'yes',
  '22.10',
  '017',
  '1_000',
  '2026-01-01',
  '~',
  'x: y',
  '# x',
  '"',
  "'",
  'ü',
  '\t',
  '%{x}',
  `\${y}`,
  '{{ z }}',
  '\u0085',
  ' ',
];

/** A text that readers of YAML, Terraform and Ansible are apt to take for something else. */
const textOf = ({ below, pick }: Random): string =>
  Array.from({ length: 1 + below(3) }, () => pick(words)).join('');

/** An image manifest that all four tools can hold, but for what `textOf` makes of its properties. */
function imageOf(random: Random, tool: ForeignFormat): JsonObject {
  const { below, once, pick } = random;
  const system = pick(['22.10', '24.04', '9', '3.20.1']);
  const properties: JsonObject =
    tool === 'k-orc'
      ? {
          hw_cpu_cores: String(1 + below(8)),
          hw_qemu_guest_agent: pick(['true', 'false']),
          hw_disk_bus: textOf(random),
        }
      : { hw_disk_bus: pick(['virtio', 'scsi']), [`x_${below(9)}`]: textOf(random) };
  const names = { name: pick([`Web ${system}`, 'Web', textOf(random)]), os_version: system };
  const login = tool === 'osism' || once(2) ? { image_original_user: textOf(random) } : {};
  return {
    ...names,
    disk_format: pick(['qcow2', 'raw', 'vmdk']),
    ...(once(2) ? { container_format: 'bare' } : {}),
    ...(once(2) ? { visibility: pick(['private', 'public', 'community', 'shared']) } : {}),
    ...(once(2) ? { min_disk: below(40) } : {}),
    ...(once(2) ? { min_ram: below(4096) } : {}),
    ...(once(2) ? { tags: [...new Set([pick(['web', 'yes']), textOf(random)])] } : {}),
    ...(once(3) && tool !== 'osism' ? { protected: once(2) } : {}),
    ...properties,
    ...(tool === 'k-orc' ? {} : login),
    source: sourceFor(random, tool),
  };
}

function sourceFor({ once, pick }: Random, tool: ForeignFormat): JsonObject {
  const checksum = `sha256:${'0'.repeat(63)}1`;
  if (tool === 'osism') return { url: 'https://example.org/web.img', ...(once(2) ? { checksum } : {}) };
  if (tool === 'k-orc')
    return {
      url: pick([
        'https://example.org/web.img',
        'https://example.org/web.img.xz',
        'https://example.org/a.gz?b=c',
      ]),
      ...(once(2) ? { checksum } : {}),
      ...(once(3) ? { compression: 'none' } : {}),
    };
  if (tool === 'terraform')
    return once(2)
      ? { file: pick(['web.raw', './disks/web.raw.gz', '/srv/web.raw']) }
      : { url: 'https://example.org/web.raw.xz', method: 'upload' };
  return once(2) ? { file: 'web.raw' } : { url: 'https://example.org/web.raw', method: 'web-download' };
}

/** What one image says and the other does not say, or otherwise. */
function listDifferences(before: JsonObject, after: JsonObject): string[] {
  const [one, other] = [toNormal(before), toNormal(after)];
  const flat = (image: JsonObject): Map<string, string> => {
    const { source, tags, ...rest } = image;
    const own = Object.entries(isObject(source) ? source : {}).map(([name, value]): [string, Json] => [
      `source.${name}`,
      value,
    ]);
    const each = (Array.isArray(tags) ? tags : []).map((tag): [string, Json] => [
      `tag ${JSON.stringify(tag)}`,
      true,
    ]);
    return new Map(
      [...Object.entries(rest), ...own, ...each].map(([name, value]) => [name, JSON.stringify(value)]),
    );
  };
  const now = flat(other);
  return [...flat(one)].flatMap(([name, value]) => (now.get(name) === value ? [] : [name]));
}

for (const tool of foreignFormats)
  test(`what is converted to ${tool} and back says the same, or what it loses was said`, () => {
    let [whole, lossy] = [0, 0];
    for (let number = 0; number < 400; number++) {
      const image = imageOf(randomOf(7, number), tool);
      const text = JSON.stringify(image);
      const there = convertImages([inputOf(text, 'web.image.json')], tool);
      const path = there.format === 'json' ? 'main.tf.json' : 'images.yaml';
      const back = convertImages([inputOf(there.text, path, tool)], 'manifest', 'json');
      const differing = listDifferences(image, JSON.parse(back.text));
      if (there.losses.length === 0) whole++;
      else lossy++;
      const said = differing.filter((name) =>
        there.losses.some((loss) => loss.includes(` ${name}`) || loss.includes('does not decompress')),
      );
      assert.deepEqual(differing, said, `case ${number}: ${text}\n${there.text}\n${there.losses.join('\n')}`);
      if (there.losses.length === 0) assert.deepEqual(back.losses, [], `case ${number}: ${there.text}`);
    }
    assert.ok(whole >= 150, `${whole} of 400 without losses, ${lossy} with some`);
  });

/** What PyYAML makes of texts; it comes with the openstack client. */
function readByPython(texts: readonly string[]): Json[] {
  ensureDebian(debianTools['openstack'] ?? [], 'openstack');
  const script =
    'import json, sys, yaml; print(json.dumps([yaml.safe_load(t) for t in json.load(sys.stdin)], default=str))';
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('PyYAML reads of what is written for Python what we mean', () => {
  const texts: string[] = [];
  const images: JsonObject[] = [];
  for (let number = 0; number < 100; number++) {
    const image = imageOf(randomOf(11, number), 'ansible');
    images.push(image);
    texts.push(convertImages([inputOf(JSON.stringify(image), 'web.image.json')], 'ansible').text);
  }
  for (const [number, tasks] of readByPython(texts).entries()) {
    const [task] = tasks as JsonObject[];
    const argument = (task?.['openstack.cloud.image'] ?? {}) as JsonObject;
    const image = images[number] ?? {};
    assert.deepEqual(
      [argument['name'], argument['tags'] ?? []],
      [image['name'], image['tags'] ?? []],
      texts[number],
    );
    for (const [name, value] of Object.entries((argument['properties'] ?? {}) as JsonObject))
      assert.equal(value, image[name], texts[number]);
  }
});

test('versions of openstack-image-manager are images of their own, with what the tool adds', () => {
  const { text, losses } = convertImages(
    [
      inputOf(`images:
  - name: Ubuntu
    enable: true
    format: qcow2
    login: ubuntu
    min_disk: 8
    min_ram: 512
    status: active
    visibility: public
    multi: true
    meta:
      os_distro: ubuntu
      hw_vif_multiqueue_enabled: yes
      hw_firmware_type: null
      replace_frequency: 2026-01-01
    tags: [lts]
    versions:
      - { version: '20260110', os_version: '24.04', url: 'https://example.org/b.img', build_date: 2026-01-10, meta: { patchlevel: 9 } }
      - { version: '20260102', os_version: '24.04', url: 'https://example.org/a.img', build_date: 2026-01-02, visibility: private }
`),
    ],
    'manifest',
    'json',
  );
  assert.deepEqual(losses, []);
  const shared = {
    container_format: 'bare',
    disk_format: 'qcow2',
    min_disk: 8,
    min_ram: 512,
    tags: ['lts', 'os:ubuntu'],
    os_distro: 'ubuntu',
    os_version: '24.04',
    hw_vif_multiqueue_enabled: 'True',
    hw_firmware_type: 'None',
    replace_frequency: '2026-01-01',
    image_original_user: 'ubuntu',
    image_description: 'Ubuntu',
    image_name: 'Ubuntu',
  };
  assert.deepEqual(JSON.parse(text), [
    {
      ...shared,
      name: 'Ubuntu',
      visibility: 'public',
      internal_version: '20260110',
      image_build_date: '2026-01-10',
      patchlevel: '9',
      image_source: 'https://example.org/b.img',
      source: { url: 'https://example.org/b.img' },
    },
    {
      ...shared,
      name: 'Ubuntu (20260102)',
      visibility: 'private',
      internal_version: '20260102',
      image_build_date: '2026-01-02',
      image_source: 'https://example.org/a.img',
      source: { url: 'https://example.org/a.img' },
    },
  ]);
});

test('what an image manifest cannot say is named with its place', () => {
  const play = `- name: Web
  when: wanted
  openstack.cloud.image:
    cloud: acme
    name: "{{ name }}"
    disk_format: raw
    state: inactive
    kernel: vmlinuz
    properties:
      hw_disk_bus: virtio
`;
  assert.deepEqual(convertImages([inputOf(play)], 'manifest').losses, [
    "images.yaml:2: An image manifest has nothing for 'when'.",
    'images.yaml:5: A template decides this value, which is known only when the tool runs.',
    "images.yaml:7: An image manifest cannot deactivate an image: change 'state' to 'present'.",
    "images.yaml:8: An image manifest has nothing for 'kernel'.",
  ]);
  const disabled =
    'images: [{ name: a, enable: false, versions: [{ version: "1", url: "https://example.org/a" }] }]';
  assert.throws(() => convertImages([inputOf(disabled)], 'manifest'), /There is no image in images\.yaml/);
});

test('what a tool needs and an image does not say is a refusal', () => {
  const refusals: readonly [text: string, to: ForeignFormat, why: RegExp][] = [
    ['disk_format: raw', 'ansible', /^w\.image\.yaml:1: Ansible needs a 'name'\.$/],
    ['name: a', 'terraform', /^w\.image\.yaml:1: Terraform needs the 'disk_format'/],
    ['name: a\ndisk_format: raw', 'k-orc', /^w\.image\.yaml:1: K-ORC fetches images by URL/],
    ['name: a\ndisk_format: raw', 'osism', /the 'login' of the image: the property image_original_user/],
    [
      'name: a\ndisk_format: raw\nimage_original_user: a\nsource: { url: "https://a.b/c" }',
      'osism',
      /needs a version/,
    ],
    ['name: [', 'osism', /^w\.image\.yaml:1: /],
  ];
  for (const [text, to, why] of refusals)
    assert.throws(
      () => convertImages([inputOf(text, 'w.image.yaml')], to),
      (error) => error instanceof UnconvertibleFile && why.test(error.message),
      text,
    );
  assert.throws(
    () => convertImages([inputOf('type: import\ninput: {}\n', 'w.image-import.yaml')], 'osism'),
    /w\.image-import\.yaml:1: only images are converted\./,
  );
});

test('what only looks like a template stays a text, and what the service sets is no property', () => {
  const image = { name: 'web', disk_format: 'raw', x_own: `\${y} and %{z}`, source: 'a mirror' };
  const { text, losses } = convertImages([inputOf(JSON.stringify(image), 'web.image.json')], 'terraform');
  assert.deepEqual(losses, []);
  const [resource] = Object.values(JSON.parse(text).resource.openstack_images_image_v2) as JsonObject[];
  assert.deepEqual(resource?.['properties'], { x_own: `$\${y} and %%{z}`, source: 'a mirror' });
  const live = JSON.stringify({ name: 'web', disk_format: 'raw', status: 'active' });
  const copied = convertImages([inputOf(live, 'web.image.json')], 'ansible');
  assert.deepEqual(copied.losses, ['web.image.json:1: Ansible has nothing for status "active".']);
  assert.doesNotMatch(copied.text, /status/);
});

test('a file is compressed by its name, whatever stands behind it in its address', () => {
  const task = `- openstack.cloud.image: { name: a, import_method: web-download, uri: 'https://a.b/c.xz?d=e' }\n`;
  const { text } = convertImages([inputOf(task)], 'manifest', 'json');
  const source = { url: 'https://a.b/c.xz?d=e', method: 'web-download', compression: 'none' };
  assert.deepEqual(JSON.parse(text).source, source);
});
