import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server.ts';

// `node dist/server.js --stdio`, `--node-ipc`, `--socket=PORT`: vscode-languageserver reads the arguments.
serve(createConnection(ProposedFeatures.all));
