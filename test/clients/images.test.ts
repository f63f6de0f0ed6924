import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { memberOf, openstackProfile, refused, session, silent } from './session.ts';

const given = randomUUID(); // an id is never free again

session('openstack: tokens, catalogue, versions', openstackProfile, async ({ as, onEmulator }) => {
  const { openstack: owner } = as('owner');
  const token = memberOf(await owner('token issue', { project_id: '100001' }), 'id');
  const byToken = { env: { OS_AUTH_TYPE: 'token', OS_TOKEN: token, OS_USERNAME: '', OS_PASSWORD: '' } };
  const tokenOnly = { env: { ...byToken.env, OS_USER_DOMAIN_NAME: '' } };
  await owner('image list', [], tokenOnly);
  await owner(`token revoke ${token}`, silent);
  await owner('image list', refused(/Failed to validate token \(HTTP 404\)/), tokenOnly);
  await owner('token issue', refused(/requires authentication.*HTTP 401/), {
    env: { OS_PASSWORD: 'wrong' },
  });
  await owner('token issue', refused(/401/), { env: { OS_USERNAME: 'nobody' } });
  await owner('token issue', refused(/401/), { env: { OS_PROJECT_NAME: '100002' } });
  await onEmulator('another cloud has other services', async () => {
    const types = 'identity image object-store compute volumev3 block-storage network'.split(' ');
    await owner(
      'catalog list',
      types.map((type) => ({ Type: type })),
    );
  });
  await owner('catalog show image', { name: 'glance', type: 'image' });
  await owner('versions show --service image --status CURRENT', [
    {
      'Region Name': 'RegionOne',
      Version: '2.16',
      Status: 'CURRENT',
    },
  ]);
  await owner('versions show --service identity', [{ 'Service Type': 'identity', Status: 'CURRENT' }]);
});

session(
  'openstack: an image is made, filled, changed, saved, deleted',
  openstackProfile,
  async ({ as, file, onEmulator }) => {
    const { openstack: owner } = as('owner');
    const { openstack: reader } = as('observer');
    const bytes = randomBytes(300_000);
    writeFileSync(file('disk.raw'), bytes);

    await owner(
      'image create --file disk.raw --disk-format raw --property team=blue --tag web --tag db web',
      {
        name: 'web',
        status: 'queued', // it does not ask again after the upload
        disk_format: 'raw',
        container_format: 'bare',
        visibility: 'shared',
        properties: { team: 'blue' },
        tags: ['db', 'web'],
      },
    );
    await owner('image show web', { status: 'active', size: bytes.length, virtual_size: bytes.length });
    await owner(`image create --id ${given} --private --min-disk 3 --min-ram 512 empty`, {
      id: given,
      visibility: 'private',
      min_disk: 3,
      min_ram: 512,
    });
    await owner(`image create --id ${given} again`, refused(/409.*already exists/));
    await owner('image create --public open', refused(/403.*publicize_image/));
    await owner(
      'image create --disk-format qcow2 piped',
      { name: 'piped' },
      { stdin: bytes.subarray(0, 99) },
    );
    await owner('image show piped', { status: 'active', size: 99, disk_format: 'qcow2' });
    await reader('image create none', refused(/403.*add_image/));

    await owner(
      'image set --name web2 --property vm_mode=hvm --tag new --min-disk 1 --protected web',
      silent,
    );
    await owner('image show web2', {
      name: 'web2',
      min_disk: 1,
      protected: true,
      tags: ['db', 'new', 'web'],
      properties: { team: 'blue', vm_mode: 'hvm' },
    });
    await owner('image set --disk-format vhd web2', refused(/403/));
    await owner('image set --property size=1 web2', refused(/403/));
    await owner('image unset --property vm_mode --tag new web2', silent);
    const shown = await owner('image show web2', { tags: ['db', 'web'] });
    assert.equal(JSON.parse(shown).properties.vm_mode, undefined);
    await owner('image unset --property nothing web2', refused(/property unset failed/));
    await owner('image unset --tag nothing web2', refused(/tag unset failed/));
    await owner('image delete web2', refused(/403.*is protected and cannot be deleted/));
    await owner('image set --unprotected web2', silent);
    await owner('image set --hidden web2', silent);
    await owner('image list --name web2', []);
    await owner('image list --hidden', [{ Name: 'web2' }]);
    await owner('image set --unhidden web2', silent);

    await owner('image save --file out.raw web2', silent); // it checks the MD5 itself
    assert.ok(readFileSync(file('out.raw')).equals(bytes));
    await onEmulator('Glance lets only members download where its new rules are enforced', async () => {
      await reader('image save --file read.raw web2', silent);
    });
    await reader('image set --name mine web2', refused(/403/));
    await reader('image delete web2', refused(/403/));
    await owner('image set --deactivate web2', silent);
    await owner('image save --file no.raw web2', refused(/Unable to download image/));
    await as('admin').openstack('image save --file admin.raw web2', silent);
    await owner('image set --activate web2', silent);
    await owner('image delete web2 empty', silent);
    await owner('image show web2', refused(/No Image found for web2/));
    await owner(`image create --id ${given} again`, refused(/409.*already exists/));
    await owner('image delete web2', refused(/No Image found for web2|Failed to delete 1 of 1/));
  },
);
