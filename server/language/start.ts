import { loadCompiled } from '../entry.ts';

// What dist/server.js is.
await loadCompiled('./languageServer.js');
