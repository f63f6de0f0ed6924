import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { memberOf, openstackProfile, refused, session, silent } from './session.ts';

const ordinary = '--disk-format raw --container-format bare';

session(
  'glance: an image is made, filled, changed, shared, deleted',
  openstackProfile,
  async ({ as, file }) => {
    const { glance: owner } = as('owner');
    const { glance: partner } = as('partner', '100002');
    const bytes = randomBytes(300_000);
    writeFileSync(file('disk.raw'), bytes);

    const made = await owner(`image-create --name web ${ordinary} --property team=blue --tags a b`, {
      name: 'web',
      status: 'queued',
      team: 'blue',
      tags: '["a", "b"]',
      size: 'None',
      virtual_size: 'Not available',
    });
    const id = memberOf(made, 'id');
    await owner(`image-download ${id}`, refused(/has no data/));
    await owner(`image-upload --file disk.raw ${id}`, silent);
    await owner(`image-show ${id}`, { status: 'active', size: '300000', visibility: 'shared' });
    await owner(
      `image-upload --file disk.raw ${id}`,
      refused(/HTTP 409 Conflict: Image status transition from active to saving is not allowed/),
    );
    await owner(
      `image-create --name piped ${ordinary}`,
      { size: '77', status: 'active' },
      { stdin: bytes.subarray(0, 77) },
    );
    await owner(`image-create --name stored ${ordinary} --store slow --file disk.raw`, { stores: 'slow' });
    await owner(`image-create --name lost ${ordinary} --store none --file disk.raw`, refused(/none/));
    await owner(`image-update --name web2 --min-disk 4 --property vm_mode=hvm --remove-property team ${id}`, {
      name: 'web2',
      min_disk: '4',
      vm_mode: 'hvm',
    });
    await owner(
      `image-update --property os_glance_x=1 ${id}`,
      refused(/403 Forbidden: Attribute &#x27;os_glance_x&#x27; is reserved/),
    );
    await owner(`image-tag-update ${id} c`, [{ ID: id }]);
    await owner(`image-tag-delete ${id} c`, silent);
    await owner(`image-tag-delete ${id} c`, refused(/404 Not Found/));
    await owner(`image-download --file out.raw ${id}`, silent);
    assert.ok(readFileSync(file('out.raw')).equals(bytes));

    await owner(`member-create ${id} 100002`, [{ 'Image ID': id, 'Member ID': '100002', Status: 'pending' }]);
    await owner(`member-create ${id} 100002`, refused(/409 Conflict/));
    await owner(`member-list --image-id ${id}`, [{ 'Member ID': '100002', Status: 'pending' }]);
    await owner(`member-update ${id} 100002 accepted`, refused(/403 Forbidden/));
    await partner('image-list', []);
    await partner('image-list --visibility shared --member-status pending', [{ ID: id, Name: 'web2' }]);
    await partner(`member-update ${id} 100002 accepted`, [{ Status: 'accepted' }]);
    await partner(`member-get ${id} 100002`, { status: 'accepted', member_id: '100002' });
    await partner('image-list', [{ ID: id }]);
    await partner(`member-update ${id} 100002 rejected`, [{ Status: 'rejected' }]);
    await partner('image-list', []);
    await partner(`member-create ${id} 100003`, refused(/403 Forbidden/));
    await partner(`image-delete ${id}`, refused(/403|not permitted/i));
    await owner(`member-delete ${id} 100002`, silent);
    await partner(`image-show ${id}`, refused(/404 Not Found: No image found with ID/));

    await owner(`image-deactivate ${id}`, silent);
    await owner(
      `image-download --file no.raw ${id}`,
      refused(/403 Forbidden: The requested image has been deactivated/),
    );
    await owner(`image-reactivate ${id}`, silent);
    await owner(`image-update --protected true ${id}`, { protected: 'True' });
    await owner(`image-delete ${id}`, refused(/not permitted to delete/));
    await owner(`image-update --protected false ${id}`, { protected: 'False' });
    await owner(`image-delete ${id}`, silent);
    await owner(`image-show ${id}`, refused(/404 Not Found/));
    await owner('image-list --sort name:asc', [{ Name: 'piped' }, { Name: 'stored' }]);
  },
);

session('glance: lists by every option', openstackProfile, async ({ as }) => {
  const { glance: owner } = as('owner');
  await owner('image-create --name a --property os=linux --tags x --visibility private', { name: 'a' });
  await owner(
    `image-create --name b --property os=linux ${ordinary}`,
    { size: '5' },
    { stdin: Buffer.from('12345') },
  );
  await owner(`image-create --name c --hidden true --visibility community`, { os_hidden: 'True' });
  const named = (...names: string[]) => names.map((Name) => ({ Name }));
  const sum = '827ccb0eea8a706c4c34a16891f84e7b'; // of 12345
  await owner('image-list', named('a', 'b'));
  await owner('image-list --limit 1', named('a'));
  await owner('image-list --page-size 1', named('a', 'b'));
  await owner('image-list --visibility private', named('a'));
  await owner('image-list --visibility shared', named('b'));
  await owner('image-list --hidden true', named('c'));
  await owner('image-list --owner 100001', named('a', 'b'));
  await owner('image-list --property-filter os=linux --property-filter name=a', named('a'));
  await owner(`image-list --checksum ${sum}`, named('b'));
  await owner('image-list --tag x', named('a'));
  await owner('image-list --sort-key size --sort-dir desc', named('b', 'a'));
  await owner('image-list --sort status:asc,name:asc', named('b', 'a'));
  await owner('image-list --include-stores', [{ Name: 'a' }, { Name: 'b', Stores: 'fast' }]);
  await owner('-v image-list --property-filter name=b', [
    { Name: 'b', Size: '5', Status: 'active', Owner: '100001' },
  ]);
});

session('glance: staging, imports, stores, tasks', openstackProfile, async ({ as, file, onEmulator }) => {
  const { glance: owner } = as('owner');
  const { glance: admin } = as('admin');
  writeFileSync(file('disk.raw'), randomBytes(300_000));
  await owner('import-info', {
    'import-methods':
      '{"description": "Import methods available.", "type": "array", "value": ["glance-direct", "web-download", "copy-image"]}',
  });
  await owner('stores-info', { stores: '[{"id": "fast", "default": "true"}, {"id": "slow"}]' });
  await owner('stores-info --detail', refused(/403 Forbidden/));
  await admin('stores-info --detail', /"type": "file"/);
  await owner('usage', []);

  const made = await owner(
    `image-create-via-import --name imported ${ordinary} --import-method glance-direct --file disk.raw`,
    { name: 'imported' },
  );
  const id = memberOf(made, 'id');
  await owner(`image-tasks ${id}`, [{ Status: 'success', Message: 'Copied 0 MiB' }], { inTime: true });
  await owner(`image-show ${id}`, {
    status: 'active',
    size: '300000',
    stores: 'fast',
    os_glance_failed_import: '',
    os_glance_importing_to_stores: '',
  });

  const staged = memberOf(await owner(`image-create --name staged ${ordinary}`, { status: 'queued' }), 'id');
  await owner(`image-import --import-method glance-direct ${staged}`, refused(/uploading/));
  await owner(`image-stage --file disk.raw ${staged}`, silent);
  await owner(`image-show ${staged}`, { status: 'uploading', size: '300000' });
  await owner(`image-stage --file disk.raw ${staged}`, refused(/409 Conflict/));
  await owner(`image-upload --file disk.raw ${staged}`, refused(/409 Conflict/));
  await owner(`image-import --import-method glance-direct --stores none ${staged}`, refused(/none/));
  await owner(`image-import --import-method glance-direct --all-stores true ${staged}`, { id: staged });
  await owner(`image-tasks ${staged}`, [{ Status: 'success' }], { inTime: true });
  await owner(`image-show ${staged}`, { status: 'active', stores: 'fast,slow' });

  const fetched = memberOf(await owner(`image-create --name web ${ordinary}`, { status: 'queued' }), 'id');
  await owner(
    `image-import --import-method web-download --uri ftp://x/y ${fetched}`,
    refused(/does not pass filtering/),
  );
  await owner(`image-import --import-method copy-image --stores slow ${fetched}`, refused(/active/));
  await owner(`image-import --import-method copy-image --stores slow ${id}`, refused(/403|admin/));
  await admin(`image-import --import-method copy-image --stores slow ${id}`, { id });
  await owner(`image-show ${id}`, { stores: 'fast,slow' });
  await admin(`stores-delete --store slow ${id}`, silent);
  await admin(`stores-delete --store fast ${id}`, refused(/only store/));

  await owner(
    'task-list',
    refused(/403 Forbidden: You are not authorized to complete tasks_api_access action/),
  );
  const input =
    '{"import_from": "http://10.255.255.1:22/x", "import_from_format": "raw", "image_properties": {"name": "t"}}';
  await admin(`task-create --type import --input '${input}'`, refused(/400/));
  await admin(
    'task-list --type api_image_import --status success',
    refused(/400.*Invalid type value: api_image_import/),
  );
  await onEmulator('tasks of earlier sessions stay for two days', async () => {
    await admin('task-list --status success', [{}, {}, {}]);
    await admin('task-list --sort-key id --sort-dir asc --type import', []);
  });
});
