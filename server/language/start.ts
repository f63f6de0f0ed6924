import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

// What dist/server.js is: it starts the bundle beside it with the code that V8 compiled at an earlier start, which is kept
// in dist/cache (facts/language-servers.md §1.7). In a folder that cannot be written to, all is compiled each time.
const delay = 2000;

enableCompileCache(join(import.meta.dirname, 'cache'));
createRequire(import.meta.filename)('./languageServer.js');
// Early, since editors kill their servers; not at once, so that what the first manifests needed is in it too.
setTimeout(flushCompileCache, delay).unref();
