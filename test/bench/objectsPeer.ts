/** What the emulator's objects are measured against: `node:http` that hashes, writes and syncs a body, and no more. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, fdatasync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const [folder = '.', hashes = 'md5'] = process.argv.slice(2);
const sync = promisify(fdatasync);

const server = createServer(async (request, response) => {
  const path = join(folder, `peer-${hashes.length}-${request.url?.replace(/\W/g, '')}`);
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-length': statSync(path).size });
    // The client may close at the last byte, before the pipeline has seen its own end.
    await pipeline(createReadStream(path), response).catch((error) => console.error(error.code));
    return;
  }
  const all = hashes.split(',').map((name) => createHash(name));
  const hashing = new Transform({
    transform: (chunk, _encoding, done) => {
      for (const hash of all) hash.update(chunk);
      done(null, chunk);
    },
  });
  const file = createWriteStream(path, { autoClose: false });
  await pipeline(request, hashing, file);
  const { fd } = file as unknown as { fd: number };
  await sync(fd);
  file.close();
  response.writeHead(201, { etag: all.map((hash) => hash.digest('hex')).join() });
  response.end();
});
// Goes with the benchmark, however that ends.
process.stdin.resume().once('end', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
