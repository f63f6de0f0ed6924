/** `npm run docs`: writes what is made from the code: the page of rules, the schema of OpenStack's images, and the texts that translations are made from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../server/rules/evaluate.ts';
import { rulesPage } from '../../server/rules/page.ts';
import { makeBundle } from './clientTexts.ts';
import { openstackSchema } from './openstackSchema.ts';

const root = join(import.meta.dirname, '..', '..');
writeFileSync(join(root, 'server', 'rules', 'README.md'), rulesPage(rules));
mkdirSync(join(root, 'schemas', 'openstack'), { recursive: true });
writeFileSync(
  join(root, 'schemas', 'openstack', 'image.json'),
  `${JSON.stringify(openstackSchema(), null, 2)}\n`,
);
mkdirSync(join(root, 'l10n'), { recursive: true });
writeFileSync(join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(makeBundle(), null, 2)}\n`);
