/** What the image service is measured against: `node:http` that answers the same bytes, and no more. */
import { createServer } from 'node:http';

let bytes = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  bytes += text;
});
process.stdin.once('end', () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
    });
    response.end(bytes);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(typeof address === 'object' ? address?.port : '');
  });
});
