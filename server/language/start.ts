import { loadCompiled } from '../entry.ts';

// What dist/server.js is.
loadCompiled('./languageServer.js');
