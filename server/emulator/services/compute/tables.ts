import { migrationTables } from './servers/migrations.ts';

/** Tables of the service, each statement run once in the life of a data folder: new ones come last. */
export const computeTables: readonly string[] = [
  `CREATE TABLE servers (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL,
    name TEXT NOT NULL, description TEXT, hostname TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    launched INTEGER, ended INTEGER, vm_state TEXT NOT NULL, task_state TEXT, power_state INTEGER NOT NULL,
    flavor TEXT NOT NULL, old_flavor TEXT, image TEXT, image_properties TEXT NOT NULL, min_disk INTEGER NOT NULL,
    min_ram INTEGER NOT NULL, metadata TEXT NOT NULL, key_name TEXT, config_drive INTEGER NOT NULL,
    disk_config TEXT NOT NULL, access4 TEXT, access6 TEXT, user_data TEXT, zone TEXT, host TEXT, network TEXT, address TEXT,
    mac TEXT, security_groups TEXT NOT NULL, locked TEXT, locked_reason TEXT, fault TEXT, reservation TEXT NOT NULL,
    launch_index INTEGER NOT NULL, root_device TEXT NOT NULL, server_group TEXT, trusted_certs TEXT,
    disk_bytes INTEGER NOT NULL, disk_blob TEXT REFERENCES blobs, disk_format TEXT, container_format TEXT,
    boot_volume TEXT, guest_disk TEXT NOT NULL, progress INTEGER NOT NULL, revision INTEGER NOT NULL,
    UNIQUE (region, id)
  ) STRICT`,
  'CREATE INDEX servers_by_account ON servers (region, account, created DESC, key DESC) WHERE ended IS NULL',
  `CREATE INDEX servers_by_size ON servers (region, account, flavor ->> 'vcpus', flavor ->> 'ram', flavor ->> 'disk')
    WHERE ended IS NULL`,
  'CREATE INDEX servers_by_name ON servers (region, account, name) WHERE ended IS NULL',
  'CREATE INDEX servers_by_content ON servers (disk_blob) WHERE disk_blob IS NOT NULL',
  `CREATE TABLE server_tags (
    server INTEGER NOT NULL REFERENCES servers ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (server, tag)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE server_actions (
    key INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL REFERENCES servers ON DELETE CASCADE, action TEXT NOT NULL,
    request TEXT NOT NULL, user TEXT NOT NULL, account TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER,
    message TEXT
  ) STRICT`,
  'CREATE INDEX server_actions_by_server ON server_actions (server)',
  `CREATE TABLE server_writes (
    key INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL REFERENCES servers ON DELETE CASCADE,
    start INTEGER NOT NULL, length INTEGER NOT NULL, blob TEXT REFERENCES blobs
  ) STRICT`,
  'CREATE INDEX server_writes_by_server ON server_writes (server)',
  'CREATE INDEX server_writes_by_content ON server_writes (blob) WHERE blob IS NOT NULL',
  `CREATE TABLE server_schedules (
    server INTEGER PRIMARY KEY REFERENCES servers ON DELETE CASCADE, retention INTEGER NOT NULL, day TEXT,
    job TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE scheduled_images (
    key INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL REFERENCES servers ON DELETE CASCADE,
    image TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE image_guests (
    region TEXT NOT NULL, image TEXT NOT NULL, guest TEXT NOT NULL, PRIMARY KEY (region, image)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE server_volumes (
    attachment TEXT PRIMARY KEY REFERENCES volume_attachments ON DELETE CASCADE, tag TEXT,
    delete_on_termination INTEGER NOT NULL, mapping TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE flavors (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, class TEXT NOT NULL,
    ram INTEGER NOT NULL, disk INTEGER NOT NULL, vcpus INTEGER NOT NULL, ephemeral INTEGER NOT NULL,
    swap INTEGER NOT NULL, rxtx_factor REAL NOT NULL, is_public INTEGER NOT NULL, description TEXT,
    extra_specs TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE flavor_access (
    flavor TEXT NOT NULL REFERENCES flavors (id) ON DELETE CASCADE, account TEXT NOT NULL, PRIMARY KEY (flavor, account)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE keypairs (
    key INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    public_key TEXT NOT NULL, fingerprint TEXT NOT NULL, created INTEGER NOT NULL, UNIQUE (user, name)
  ) STRICT`,
  `CREATE TABLE server_groups (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    user TEXT NOT NULL, name TEXT NOT NULL, policy TEXT NOT NULL, rules TEXT NOT NULL, created INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE aggregates (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, uuid TEXT NOT NULL, name TEXT NOT NULL, hosts TEXT NOT NULL,
    metadata TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER, UNIQUE (region, name)
  ) STRICT`,
  `CREATE TABLE compute_quotas (
    region TEXT NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (region, account, user, name)
  ) STRICT, WITHOUT ROWID`,
  ...migrationTables,
  `CREATE TABLE shelved_images (
    server INTEGER PRIMARY KEY REFERENCES servers ON DELETE CASCADE, image TEXT NOT NULL
  ) STRICT`,
  `CREATE TRIGGER image_guests_go AFTER DELETE ON images
    BEGIN DELETE FROM image_guests WHERE region = old.region AND image = old.id; END`,
  'CREATE INDEX servers_by_group ON servers (server_group) WHERE server_group IS NOT NULL',
  `CREATE TABLE server_consoles (
    token TEXT PRIMARY KEY, server INTEGER NOT NULL REFERENCES servers ON DELETE CASCADE, type TEXT NOT NULL,
    ends INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX servers_by_address ON servers (network, address) WHERE ended IS NULL AND address IS NOT NULL',
];
