import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import { browserPlatform } from './browserPlatform.ts';
import { openGate } from './lsp/gate.ts';
import type { WorkerOptions } from './protocol.ts';
import { serve } from './server.ts';

// What dist/web/languageServer.js is: the language server as a web worker, whose first message are its options.
self.addEventListener(
  'message',
  ({ data }: MessageEvent<WorkerOptions>) => {
    const gate = openGate();
    const connection = createConnection(
      ProposedFeatures.all,
      new BrowserMessageReader(self),
      new BrowserMessageWriter(self),
      { messageStrategy: gate },
    );
    self.addEventListener('unhandledrejection', ({ reason }) =>
      connection.console.error(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
    );
    gate.serve(connection);
    serve(connection, browserPlatform(connection, data.folder), data.rulesPage);
  },
  { once: true },
);
