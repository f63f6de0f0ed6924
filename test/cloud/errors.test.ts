import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';

/** What a client understands of the error bodies that clouds send (SOURCES: glance §2, §11, rackspace §6). */
const bodies: readonly [why: string, type: string, body: string, words: string][] = [
  [
    "Glance's JSON",
    'application/json',
    '{"message":"Not here.<br /><br />\\n\\n\\n","code":"404 Not Found","title":"Not Found"}',
    'Not here.',
  ],
  [
    "Glance's page",
    'text/html; charset=UTF-8',
    '<html>\n <head>\n  <title>403 Forbidden</title>\n </head>\n <body>\n  <h1>403 Forbidden</h1>\n  Attribute &#39;owner&#39; is read-only.<br /><br />\n\n\n </body>\n</html>',
    "Attribute 'owner' is read-only.",
  ],
  [
    "Glance's plain text",
    'text/plain',
    '413 Request Entity Too Large\n\nToo many tags.\n\n   ',
    'Too many tags.',
  ],
  [
    "Keystone's JSON",
    'application/json',
    '{"error":{"code":401,"message":"Who are you?","title":"Unauthorized"}}',
    'Who are you?',
  ],
  [
    "Rackspace's JSON",
    'application/json',
    '{"unauthorized":{"code":401,"message":"Unable to authenticate."}}',
    'Unable to authenticate.',
  ],
  [
    "Swift's page",
    'text/html',
    '<html><h1>Not Found</h1><p>The resource could not be found.</p></html>',
    'The resource could not be found.',
  ],
  [
    'Glance’s preface',
    'application/json',
    '{"message":"There was a conflict when trying to complete your request.<br /><br />\\nProperty x does not exist.\\n\\n","code":"409 Conflict","title":"Conflict"}',
    'Property x does not exist.',
  ],
  [
    'a page with characters by number',
    'text/html; charset=UTF-8',
    '<html><h1>Insufficient Storage</h1><p>The emulator&#x27;s disk &lt;1 GB&gt; is full &#38; closed.</p></html>',
    "The emulator's disk <1 GB> is full & closed.",
  ],
  ['a page of a title alone', 'text/html', '<html><h1>Bad Gateway</h1></html>', 'Bad Gateway'],
  ['JSON that is none', 'application/json', 'oops', 'oops'],
  ['nothing', 'text/html', '', '418 '],
];

for (const [why, type, body, words] of bodies) {
  test(`the words of an error: ${why}`, async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(418, {
        'content-type': type,
        'x-openstack-request-id': 'req-1',
        'x-cloud-images-rule': 'a/b',
      });
      answer.end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await assert.rejects(emulatorControl(`http://127.0.0.1:${port}`, 'token').status(), (error) => {
        assert.ok(error instanceof CloudError);
        assert.equal(error.status, 418);
        assert.equal(error.text.slice(0, words.length), words);
        assert.equal(error.message, error.text);
        assert.deepEqual([error.requestId, error.rule, error.method], ['req-1', 'a/b', 'GET']);
        return true;
      });
    } finally {
      server.close();
    }
  });
}

test('no answer at all has status 0 and names the host', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  server.close();
  await once(server, 'close');
  await assert.rejects(emulatorControl(`http://127.0.0.1:${port}`, 'token').status(), (error) => {
    assert.ok(error instanceof CloudError);
    assert.equal(error.status, 0);
    assert.match(error.text, new RegExp(`127\\.0\\.0\\.1:${port}`));
    return true;
  });
});

const wait = {
  seconds: '120',
  'a date': new Date(Date.now() + 120_500).toUTCString(),
  'a date that is past': 'Sun, 06 Nov 1994 08:49:37 GMT',
};
for (const [form, header] of Object.entries(wait))
  test(`the time that a busy cloud asks for: ${form}`, async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(503, { 'retry-after': header }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await assert.rejects(emulatorControl(`http://127.0.0.1:${port}`, 'token').status(), (error) => {
        assert.ok(error instanceof CloudError);
        const { retryAfter = -1 } = error;
        if (form === 'a date that is past') assert.equal(retryAfter, 0);
        else assert.ok(retryAfter > 60_000 && retryAfter <= 120_500, String(retryAfter));
        return true;
      });
    } finally {
      server.close();
    }
  });
