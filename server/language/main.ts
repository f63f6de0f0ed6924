import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server.ts';

// `node dist/server.js --stdio`, `--node-ipc`, `--socket=PORT`: vscode-languageserver reads the arguments.
const rulesPage = pathToFileURL(join(import.meta.dirname, '..', 'server', 'rules', 'README.md')).href;
serve(createConnection(ProposedFeatures.all), rulesPage);
