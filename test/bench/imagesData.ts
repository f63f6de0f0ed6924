import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startEmulator } from '../tools/emulator.ts';

/**
 * Makes a data folder of the plain profile with so many images beside the seeded accounts, all of which both accounts of
 * the seed have a part in: 40 % are 100001's own, 10 % public, 50 % of 100002, a fifth of these shared. They are written
 * as rows; each has six properties and two tags.
 */
export async function makeImages(data: string, count: number): Promise<void> {
  await (await startEmulator({ data, arguments: ['--profile', 'openstack', '--seed', 'empty'] })).close();
  const database = new DatabaseSync(join(data, 'emulator.db'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT i, (i * 7919) % 1000003 AS r FROM n;
    INSERT INTO images (region, id, owner, name, status, visibility, protected, os_hidden, disk_format,
        container_format, min_disk, min_ram, size, virtual_size, checksum, os_hash_value, created, updated, revision)
      SELECT 'regionone', printf('%08x-0000-4000-8000-%012x', r * 4099 % 4294967291, i),
        CASE WHEN i % 10 < 4 THEN '100001' WHEN i % 10 < 5 THEN '657197' ELSE '100002' END,
        'image ' || r, CASE WHEN i % 1000 = 7 THEN 'queued' ELSE 'active' END,
        CASE WHEN i % 10 < 4 THEN 'private' WHEN i % 10 < 5 THEN 'public' ELSE 'shared' END,
        0, 0, 'vhd', 'ovf', 0, 0, r * 40000, r * 40000, NULL, NULL,
        1700000000000 + i * 1000, 1700000000000 + i * 1000 + r, 1 FROM n;
    INSERT INTO image_properties SELECT i, 'os_distro', CASE i % 5 WHEN 0 THEN 'ubuntu' WHEN 1 THEN 'debian' WHEN 2
      THEN 'centos' WHEN 3 THEN 'fedora' ELSE 'windows' END FROM n;
    INSERT INTO image_properties SELECT i, 'architecture', 'x86_64' FROM n;
    INSERT INTO image_properties SELECT i, 'os_version', i % 20 FROM n;
    INSERT INTO image_properties SELECT i, iif(i % 2 = 0, 'even', 'odd'), 'yes' FROM n;
    INSERT INTO image_properties SELECT i, 'com.example.build', r FROM n;
    INSERT INTO image_properties SELECT i, 'com.example.rare', 'yes' FROM n WHERE i % 100000 = 77;
    INSERT INTO image_tags SELECT i, 'common' FROM n WHERE i % 3 = 0;
    INSERT INTO image_tags SELECT i, 'group-' || (i % 1000) FROM n;
    INSERT INTO image_members SELECT i, '100001', iif(i % 20 = 5, 'accepted', 'pending'), 0, 0 FROM n WHERE i % 10 = 5;
    DROP TABLE n; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);`);
  database.close();
}
