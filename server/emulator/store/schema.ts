/**
 * The tables. Times are milliseconds since 1970 on the emulator's clock; `blob` columns name content by its SHA-512.
 * A change of shape is a new entry at the end: `user_version` counts how many of them a data folder has seen.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, api_key TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, roles TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users ON DELETE CASCADE, account TEXT,
    methods TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_by_user ON tokens (user);

  CREATE TABLE blobs (hash TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE images (
    key INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, id TEXT NOT NULL, owner TEXT, name TEXT,
    status TEXT NOT NULL, visibility TEXT NOT NULL, protected INTEGER NOT NULL, os_hidden INTEGER NOT NULL,
    disk_format TEXT, container_format TEXT, min_disk INTEGER NOT NULL, min_ram INTEGER NOT NULL,
    size INTEGER, virtual_size INTEGER, checksum TEXT, os_hash_value TEXT, blob TEXT REFERENCES blobs,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, revision INTEGER NOT NULL,
    UNIQUE (region, id)
  ) STRICT;
  CREATE INDEX images_by_owner ON images (region, owner, created, id);
  CREATE INDEX images_by_visibility ON images (region, visibility, created, id);
  CREATE INDEX images_by_blob ON images (blob);
  CREATE TABLE image_properties (
    image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, name TEXT NOT NULL, value TEXT,
    PRIMARY KEY (image, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_properties_by_value ON image_properties (name, value, image);
  CREATE TABLE image_tags (
    image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (image, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_tags_by_tag ON image_tags (tag, image);
  CREATE TABLE image_members (
    image INTEGER NOT NULL REFERENCES images ON DELETE CASCADE, member TEXT NOT NULL, status TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (image, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_members_by_member ON image_members (member, status, image);

  CREATE TABLE tasks (
    id TEXT PRIMARY KEY, region TEXT NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL, type TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, result TEXT, message TEXT NOT NULL, rule TEXT,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, expires INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_by_account ON tasks (region, account, created, id);
  CREATE INDEX tasks_by_expiry ON tasks (expires) WHERE expires IS NOT NULL;

  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, step TEXT NOT NULL, data TEXT NOT NULL,
    queued INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE job_blobs (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, blob TEXT NOT NULL REFERENCES blobs,
    PRIMARY KEY (job, blob)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_blobs_by_blob ON job_blobs (blob);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL,
    region TEXT, account TEXT, id TEXT, summary TEXT NOT NULL
  ) STRICT;

  CREATE TABLE containers (
    key INTEGER PRIMARY KEY, region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
    metadata TEXT NOT NULL, objects INTEGER NOT NULL, bytes INTEGER NOT NULL, created INTEGER NOT NULL,
    UNIQUE (region, account, name)
  ) STRICT;
  CREATE TABLE objects (
    container INTEGER NOT NULL REFERENCES containers, name TEXT NOT NULL, blob TEXT NOT NULL REFERENCES blobs,
    size INTEGER NOT NULL, md5 TEXT NOT NULL, content_type TEXT NOT NULL, headers TEXT NOT NULL,
    modified INTEGER NOT NULL, PRIMARY KEY (container, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX objects_by_blob ON objects (blob);
  `,
  // Large objects, and what else of Swift an object may carry. A blob with parts has no file: it lies in other blobs.
  `
  CREATE TABLE blob_parts (
    whole TEXT NOT NULL REFERENCES blobs ON DELETE CASCADE, number INTEGER NOT NULL,
    part TEXT NOT NULL REFERENCES blobs, start INTEGER NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (whole, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX blob_parts_by_part ON blob_parts (part);
  ALTER TABLE objects ADD COLUMN slo_size INTEGER;
  ALTER TABLE objects ADD COLUMN slo_etag TEXT;
  ALTER TABLE objects ADD COLUMN expires INTEGER;
  CREATE INDEX objects_by_expiry ON objects (expires) WHERE expires IS NOT NULL;
  CREATE TABLE file_accounts (
    region TEXT NOT NULL, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, metadata TEXT NOT NULL,
    PRIMARY KEY (region, account)
  ) STRICT, WITHOUT ROWID;
  `,
  // Staged data, stores, tasks of an image, and ids that were used once: they are not given again.
  `
  ALTER TABLE images ADD COLUMN stores TEXT;
  ALTER TABLE images ADD COLUMN staged TEXT REFERENCES blobs;
  ALTER TABLE images ADD COLUMN staged_md5 TEXT;
  CREATE INDEX images_by_staged ON images (staged) WHERE staged IS NOT NULL;
  CREATE TABLE used_image_ids (region TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (region, id)) STRICT, WITHOUT ROWID;
  ALTER TABLE tasks ADD COLUMN image TEXT;
  ALTER TABLE tasks ADD COLUMN request TEXT;
  CREATE INDEX tasks_by_image ON tasks (region, image, created) WHERE image IS NOT NULL;
  `,
  // Scopes, audit ids and application credentials of tokens; bytes sent and received; snapshots of all of it.
  `
  CREATE TABLE application_credentials (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users ON DELETE CASCADE, name TEXT NOT NULL,
    secret TEXT NOT NULL, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, description TEXT,
    expires INTEGER, roles TEXT NOT NULL, unrestricted INTEGER NOT NULL, UNIQUE (user, name)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE tokens ADD COLUMN scope TEXT;
  ALTER TABLE tokens ADD COLUMN audit TEXT;
  ALTER TABLE tokens ADD COLUMN credential TEXT REFERENCES application_credentials ON DELETE CASCADE;
  CREATE INDEX tokens_by_credential ON tokens (credential) WHERE credential IS NOT NULL;
  CREATE INDEX tokens_by_expiry ON tokens (expires);
  CREATE TABLE transfers (
    account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, region TEXT NOT NULL,
    received INTEGER NOT NULL, sent INTEGER NOT NULL, PRIMARY KEY (account, region)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE snapshots (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, clock TEXT NOT NULL
  ) STRICT;
  CREATE TABLE snapshot_blobs (
    snapshot INTEGER NOT NULL REFERENCES snapshots ON DELETE CASCADE, blob TEXT NOT NULL REFERENCES blobs,
    PRIMARY KEY (snapshot, blob)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX snapshot_blobs_by_blob ON snapshot_blobs (blob);
  `,
  // Lists of a million images: an index for each order, beside what narrows it (images/plan.ts). `image_shares` are the
  // members, with what their lists are sorted by.
  `
  CREATE INDEX images_by_owner_updated ON images (region, owner, updated, created, id);
  CREATE INDEX images_by_owner_size ON images (region, owner, coalesce(size, -1), created, id);
  CREATE INDEX images_by_visibility_updated ON images (region, visibility, updated, created, id);
  CREATE INDEX images_by_visibility_size ON images (region, visibility, coalesce(size, -1), created, id);
  CREATE INDEX images_by_name ON images (region, coalesce(name, ''), created, id);
  CREATE INDEX images_by_status ON images (region, status) WHERE status <> 'active';
  CREATE INDEX images_by_checksum ON images (region, checksum) WHERE checksum IS NOT NULL;
  CREATE INDEX images_by_hidden ON images (region) WHERE os_hidden = 1;
  CREATE TABLE image_shares (
    member TEXT NOT NULL, region TEXT NOT NULL, status TEXT NOT NULL, created INTEGER NOT NULL, id TEXT NOT NULL,
    image INTEGER NOT NULL, PRIMARY KEY (member, region, status, created, id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO image_shares SELECT m.member, i.region, m.status, i.created, i.id, i.key
    FROM image_members m JOIN images i ON i.key = m.image;
  CREATE TRIGGER member_added AFTER INSERT ON image_members BEGIN
    INSERT INTO image_shares SELECT new.member, region, new.status, created, id, key FROM images WHERE key = new.image;
  END;
  CREATE TRIGGER member_changed AFTER UPDATE OF status ON image_members BEGIN
    UPDATE image_shares SET status = new.status WHERE member = old.member AND image = old.image
      AND (region, status, created, id) = (SELECT region, old.status, created, id FROM images WHERE key = old.image);
  END;
  CREATE TRIGGER member_removed AFTER DELETE ON image_members BEGIN
    DELETE FROM image_shares WHERE (member, region, status, created, id) =
      (SELECT old.member, region, old.status, created, id FROM images WHERE key = old.image);
  END;
  CREATE TRIGGER shared_image_removed BEFORE DELETE ON images BEGIN
    DELETE FROM image_shares WHERE (member, region, status, created, id) IN
      (SELECT member, old.region, status, old.created, old.id FROM image_members WHERE image = old.key);
  END;
  `,
  // Shares are narrowed by the image's visibility, and sorted by its size and times.
  `
  DROP TRIGGER member_added; DROP TRIGGER member_changed; DROP TRIGGER member_removed; DROP TRIGGER shared_image_removed;
  DROP TABLE image_shares;
  CREATE TABLE image_shares (
    image INTEGER NOT NULL, member TEXT NOT NULL, region TEXT NOT NULL, status TEXT NOT NULL, visibility TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, size INTEGER NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (image, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_shares_by_created ON image_shares (member, region, status, visibility, created, id);
  CREATE INDEX image_shares_by_updated ON image_shares (member, region, status, visibility, updated, created, id);
  CREATE INDEX image_shares_by_size ON image_shares (member, region, status, visibility, size, created, id);
  INSERT INTO image_shares SELECT m.image, m.member, i.region, m.status, i.visibility, i.created, i.updated,
    coalesce(i.size, -1), i.id FROM image_members m JOIN images i ON i.key = m.image;
  CREATE TRIGGER member_added AFTER INSERT ON image_members BEGIN
    INSERT INTO image_shares SELECT new.image, new.member, region, new.status, visibility, created, updated,
      coalesce(size, -1), id FROM images WHERE key = new.image;
  END;
  CREATE TRIGGER member_changed AFTER UPDATE OF status ON image_members BEGIN
    UPDATE image_shares SET status = new.status WHERE image = new.image AND member = new.member;
  END;
  CREATE TRIGGER member_removed AFTER DELETE ON image_members BEGIN
    DELETE FROM image_shares WHERE image = old.image AND member = old.member;
  END;
  CREATE TRIGGER shared_image_changed AFTER UPDATE OF visibility, updated, size ON images BEGIN
    UPDATE image_shares SET visibility = new.visibility, updated = new.updated, size = coalesce(new.size, -1)
      WHERE image = new.key;
  END;
  `,
  // Metadata definitions.
  `
  CREATE TABLE metadef_namespaces (
    region TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, visibility TEXT NOT NULL, protected INTEGER NOT NULL,
    display_name TEXT, description TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (region, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE metadefs (
    number INTEGER PRIMARY KEY, region TEXT NOT NULL, namespace TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    body TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE (region, namespace, kind, name),
    FOREIGN KEY (region, namespace) REFERENCES metadef_namespaces ON DELETE CASCADE ON UPDATE CASCADE
  ) STRICT;
  `,
  // Content that was found damaged, until the same bytes come again.
  `
  CREATE TABLE damaged_blobs (
    hash TEXT PRIMARY KEY REFERENCES blobs ON DELETE CASCADE, problem TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // The queue that a job waits in: an account's, or that of a group of hosts. Null in snapshots of before.
  `
  ALTER TABLE jobs ADD COLUMN queue TEXT;
  UPDATE jobs SET queue = 'account ' || account;
  `,
  // What is charged of the bytes that were sent.
  `
  ALTER TABLE transfers ADD COLUMN downloaded INTEGER NOT NULL DEFAULT 0;
  `,
  // When accounts of Swift were first written to, and containers put last. Null: when their first container was made.
  `
  ALTER TABLE file_accounts ADD COLUMN created INTEGER;
  ALTER TABLE containers ADD COLUMN modified INTEGER;
  `,
  // Versions of objects. What an object is now is one of them, where its container has versions; without content: its removal.
  `
  ALTER TABLE objects ADD COLUMN version TEXT;
  CREATE TABLE object_versions (
    container INTEGER NOT NULL REFERENCES containers, name TEXT NOT NULL, version TEXT NOT NULL,
    blob TEXT REFERENCES blobs, size INTEGER NOT NULL, md5 TEXT NOT NULL, content_type TEXT NOT NULL,
    headers TEXT NOT NULL, modified INTEGER NOT NULL, slo_size INTEGER, slo_etag TEXT,
    PRIMARY KEY (container, name, version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX objects_by_version ON objects (container, size) WHERE version IS NOT NULL;
  CREATE INDEX object_versions_by_blob ON object_versions (blob) WHERE blob IS NOT NULL;
  `,
];

/** Stands in each database of ours where SQLite keeps what kind of file it is. */
export const applicationId = 0x43494d47;
