/** The tables of what came after the first version: whatever an account or user had goes with it. */
export const identityTables: readonly string[] = [
  // Secrets stand as they are, since they are shown again and sign requests.
  `CREATE TABLE credentials (
     number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
     project TEXT REFERENCES accounts ON DELETE CASCADE, type TEXT NOT NULL, blob TEXT NOT NULL
   ) STRICT`,
  'CREATE INDEX credentials_by_user ON credentials (user)',
  `CREATE TABLE access_rules (
     number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
     service TEXT, path TEXT, method TEXT, UNIQUE (user, service, path, method)
   ) STRICT`,
  `CREATE TABLE credential_rules (
     credential TEXT NOT NULL REFERENCES application_credentials ON DELETE CASCADE,
     rule TEXT NOT NULL REFERENCES access_rules (id) ON DELETE CASCADE, PRIMARY KEY (credential, rule)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE project_details (
     account TEXT PRIMARY KEY REFERENCES accounts ON DELETE CASCADE, description TEXT NOT NULL, enabled INTEGER NOT NULL,
     tags TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE user_details (
     user TEXT PRIMARY KEY REFERENCES users ON DELETE CASCADE, enabled INTEGER NOT NULL, extra TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // What `expires` is behind, 0 to 999 microseconds.
  'ALTER TABLE application_credentials ADD COLUMN expires_micros INTEGER NOT NULL DEFAULT 0',
];
