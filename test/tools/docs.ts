/** `npm run docs`: writes the pages that are made from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../server/rules/evaluate.ts';
import { rulesPage } from '../../server/rules/page.ts';

writeFileSync(join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md'), rulesPage(rules));
