/** What tempest reads: its configuration, and whom it signs in as. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { region, writeConfiguration } from '../openstack/services/place.ts';
import { type Cloud, password } from './clouds.ts';

/** Writes the files into the folder, and answers the environment in which tempest finds them. */
export function writeSettings(
  folder: string,
  { identity, people, download, resellerRole }: Cloud,
): NodeJS.ProcessEnv {
  const administrator = people.find(({ roles }) => roles.includes('admin'))?.name ?? '';
  const accounts = join(folder, 'accounts.yaml');
  const entries = people.map(({ name, roles, purpose }) => ({
    ...{ username: name, password, project_name: name },
    ...{ user_domain_name: 'Default', project_domain_name: 'Default', domain_name: 'Default' },
    roles: purpose === undefined ? roles : [purpose],
  }));
  writeFileSync(accounts, JSON.stringify(entries)); // JSON is YAML
  writeConfiguration(join(folder, 'tempest.conf'), {
    DEFAULT: { log_dir: folder, log_file: 'tempest.log', debug: true },
    auth: {
      ...{ use_dynamic_credentials: false, test_accounts_file: accounts, tempest_roles: 'member' },
      // Who makes the people of tests that want some of their own.
      ...{ admin_username: administrator, admin_project_name: administrator, admin_password: password },
      admin_domain_name: 'Default',
    },
    oslo_concurrency: { lock_path: join(folder, 'locks') },
    identity: { auth_version: 'v3', uri_v3: identity, region, v3_endpoint_type: 'public' },
    'identity-feature-enabled': {
      ...{ api_v2: false, api_v3: true, application_credentials: true, access_rules: true },
      ...{ security_compliance: false, external_idp: false, federation: false },
    },
    image: { region, http_image: download, image_caching_enabled: true },
    'image-feature-enabled': { import_image: true, os_glance_reserved: true },
    'object-storage': { region, operator_role: 'member', reseller_admin_role: resellerRole },
    'object-storage-feature-enabled': {
      ...{ discoverability: true, container_sync: false },
      // All but the synchronization of containers, which runs beside the proxy and waits for minutes.
      discoverable_apis:
        'account_quotas,bulk_delete,bulk_upload,container_quotas,crossdomain,dlo,formpost,slo,staticweb,tempurl,versioned_writes',
    },
    service_available: {
      ...{ swift: true, glance: true },
      ...{ nova: false, cinder: false, neutron: false, horizon: false },
    },
  });
  return {
    ...process.env,
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin', // Debian's Python, whatever stands before it
    PYTHONWARNINGS: 'ignore',
    TEMPEST_CONFIG_DIR: folder,
    TEMPEST_CONFIG: 'tempest.conf',
  };
}
