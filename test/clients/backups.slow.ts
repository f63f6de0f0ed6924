import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientSession, type Round } from './programs.ts';

/** A folder of files to be stored, one of them large, and names that need encoding. */
function makeFiles(round: Round): { readonly folder: string; readonly same: (other: string) => void } {
  const folder = join(round.folder, 'files');
  mkdirSync(join(folder, 'sub folder'), { recursive: true });
  const files = new Map([
    ['a.txt', Buffer.from('some text\n')],
    ['sub folder/é+%25.bin', randomBytes(5000)],
    ['large.bin', randomBytes(3 * 2 ** 20)],
    ['empty', Buffer.alloc(0)],
  ]);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return {
    folder,
    same: (other) => {
      for (const [name, bytes] of files) assert.ok(readFileSync(join(other, name)).equals(bytes), name);
    },
  };
}

const rcloneNeeds = { packages: ['rclone'], has: 'rclone' };

clientSession('rclone', rcloneNeeds, async (round) => {
  const { command, steps, folder } = round;
  const files = makeFiles(round);
  const settings = { RCLONE_CONFIG_CLOUD_TYPE: 'swift', RCLONE_CONFIG_CLOUD_ENV_AUTH: 'true' };
  const chunked = { ...settings, RCLONE_CONFIG_CLOUD_CHUNK_SIZE: '1M' };
  const rclone = (line: string, wanted?: RegExp, more = settings) =>
    command(`rclone ${line}`, ['rclone', ...line.split(' ')], wanted, more);
  await rclone('lsd cloud:', /^$/);
  await rclone('mkdir cloud:c');
  await rclone('lsd cloud:', / c\n/);
  await rclone('copy files cloud:c/stored', undefined, chunked);
  await rclone(
    'lsf -R cloud:c/stored',
    /^a\.txt\nempty\nlarge\.bin\nsub folder\/é\+%25\.bin\nsub folder\/\n$/,
  );
  await rclone('size cloud:c', /Total objects: 4/);
  await rclone('check files cloud:c/stored', /0 differences found/);
  await rclone('copy files cloud:c/stored -v', /There was nothing to transfer/, chunked);
  await rclone('copy cloud:c/stored back');
  await steps.step('the same files come back', async () => files.same(join(folder, 'back')));
  await rclone('cat cloud:c/stored/a.txt', /^some text\n$/);
  await rclone('copyto cloud:c/stored/large.bin cloud:c/copy.bin');
  await rclone('moveto cloud:c/copy.bin cloud:c/moved.bin');
  await rclone('md5sum cloud:c/stored/a.txt', /^4d93d51945b88325c213640ef59fc50b /);
  await rclone('touch cloud:c/touched');
  await rclone('about cloud:', /Objects/);
  await rclone('lsjson cloud:c --files-only', /"Name":"moved.bin"/);
  await rclone('sync files cloud:c/stored --exclude a.txt --delete-excluded', undefined, chunked);
  await rclone('lsf cloud:c/stored', /^empty\nlarge\.bin\nsub folder\/\n$/);
  await rclone('deletefile cloud:c/moved.bin');
  await rclone('delete cloud:c/stored/large.bin');
  await rclone('purge cloud:c');
  await rclone('purge cloud:c_segments');
  await rclone('lsd cloud:', /^$/);
});

clientSession('restic', { packages: ['restic'], has: 'restic' }, async (round) => {
  const { command, steps, folder } = round;
  const files = makeFiles(round);
  const settings = { RESTIC_REPOSITORY: 'swift:backup:/kept', RESTIC_PASSWORD: 'secret' };
  const restic = (line: string, wanted?: RegExp) =>
    command(`restic ${line}`, ['restic', '--no-cache', ...line.split(' ')], wanted, settings);
  await restic('init', /created restic repository/);
  await restic('backup files', /snapshot [0-9a-f]+ saved/);
  writeFileSync(join(folder, 'files', 'more'), 'more');
  await restic('backup files', /Files: +1 new/);
  await restic('snapshots', /2 snapshots/);
  await restic('ls latest', /large\.bin/);
  await restic('find more', /files\/more/);
  await restic('check --read-data', /no errors were found/);
  await restic('restore latest --target back');
  await steps.step('the same files come back', async () => files.same(join(folder, 'back', 'files')));
  await restic('stats', /Total Size/);
  await restic('forget --keep-last 1 --prune', /1 snapshots/);
  await restic('check', /no errors were found/);
  await restic('key list', /root|owner/);
  await command('rclone purge', ['rclone', 'purge', 'cloud:backup'], /(?:)/, {
    RCLONE_CONFIG_CLOUD_TYPE: 'swift',
    RCLONE_CONFIG_CLOUD_ENV_AUTH: 'true',
  });
});

clientSession(
  'duplicity',
  { packages: ['duplicity', 'python3-swiftclient', 'python3-keystoneclient'], has: 'duplicity' },
  async (round) => {
    const { command, steps, folder, env } = round;
    const files = makeFiles(round);
    const settings = {
      SWIFT_USERNAME: 'owner',
      SWIFT_PASSWORD: 'emulator',
      SWIFT_AUTHURL: env['OS_AUTH_URL'] ?? '',
      SWIFT_AUTHVERSION: '3',
      SWIFT_TENANTNAME: '100001',
      SWIFT_USER_DOMAIN_NAME: 'Default',
      SWIFT_PROJECT_DOMAIN_NAME: 'Default',
      SWIFT_REGIONNAME: env['OS_REGION_NAME'] ?? '',
      PASSPHRASE: 'secret',
    };
    const duplicity = (line: string, wanted?: RegExp) =>
      command(
        `duplicity ${line}`,
        ['duplicity', ...line.split(' '), '--no-encryption', '--archive-dir', join(folder, 'archive')],
        wanted,
        settings,
      );
    const target = 'swift://duplicity';
    await duplicity(`full files ${target} --volsize 1`, /Errors 0/);
    writeFileSync(join(folder, 'files', 'more'), 'more');
    await duplicity(`incremental files ${target}`, /NewFiles [1-9]/);
    await duplicity(`collection-status ${target}`, /Number of contained backup sets: 2/);
    await duplicity(`list-current-files ${target}`, /large\.bin/);
    await duplicity(`verify ${target} files`, /0 differences found/);
    await duplicity(`restore ${target} back`, /Last full backup date/);
    await steps.step('the same files come back', async () => files.same(join(folder, 'back')));
    await duplicity(`restore --file-to-restore a.txt ${target} one.txt`);
    await duplicity(`remove-all-but-n-full 1 --force ${target}`, /No old backup sets found/);
    await duplicity(`cleanup --force ${target}`, /No extraneous files found/);
    await duplicity(`remove-older-than 1s --force ${target}`);
    await command('rclone purge', ['rclone', 'purge', 'cloud:duplicity'], /(?:)/, {
      RCLONE_CONFIG_CLOUD_TYPE: 'swift',
      RCLONE_CONFIG_CLOUD_ENV_AUTH: 'true',
    });
  },
);
