import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { writeExchange } from '../../client/commands/copy/writeExchange.ts';
import {
  describeRequest,
  forbidsReplay,
  mergeRequests,
  type RequestRow,
} from '../../client/views/requests/requestRow.ts';
import { requestText } from '../../client/views/requests/requestText.ts';
import {
  type Candidate,
  chooseCandidate,
  findImageId,
  isSameRefusal,
} from '../../client/views/requests/trace.ts';
import type { Exchange } from '../../server/cloud/http/exchanges.ts';

const id = '12345678-1234-1234-1234-123456789abc';
const patch = '[{"op":"add","path":"/com.rackspace__1__options","value":"4"}]';
const own: Exchange = {
  id: 'own-1',
  requestId: 'req-1',
  time: Date.parse('2026-11-28T10:00:00Z'),
  method: 'PATCH',
  url: `http://127.0.0.1:5000/dfw/image/v2/images/${id}`,
  status: 403,
  milliseconds: 12,
  rule: 'property/protected',
  media: 'application/openstack-images-v2.1-json-patch',
  sent: { text: JSON.stringify(JSON.parse(patch), null, 2) },
  received: { text: '{"message":"no"}' },
};
const told = (more: object = {}) => ({
  ...{ id: 'req-2', time: '2026-11-28T10:00:01Z', method: 'GET', path: '/dfw/image/v2/images?limit=1' },
  ...{ status: 200, milliseconds: 1.4, ...more },
});
const [row] = mergeRequests([own], undefined, '');
assert.ok(row);

test('what this window asked and what others asked stand in one list, each once, the newest first', () => {
  const rows = mergeRequests(
    [own],
    [told({ id: 'req-1', fault: 'f1' }), told(), told({ id: 'req-3', path: '/emulator/requests?limit=300' })],
    '',
  );
  assert.deepEqual(
    rows.map((one) => [one.id, one.fault, one.exchange !== undefined]),
    [
      ['req-2', undefined, false],
      ['own-1', 'f1', true],
    ],
  );
  assert.match(describeRequest(row).description, /^403 · property\/protected · 12 ms · .* · this window$/);
});

test('a filter takes words, a status, or a class of statuses', () => {
  const shown = (filter: string) => mergeRequests([own], [told()], filter).map((one) => one.id);
  assert.deepEqual(shown('4xx'), ['own-1']);
  assert.deepEqual(shown('200'), ['req-2']);
  assert.deepEqual(shown('patch PROTECTED'), ['own-1']);
  assert.deepEqual(shown('images 5xx'), []);
});

test('a request is copied with its token as a variable, in each form, and what is not kept is said', () => {
  const sent = { ...row, url: own.url };
  const around = { region: 'DFW' };
  const curl = writeExchange('curl', sent, around);
  assert.ok(curl.includes(`-X PATCH -H "X-Auth-Token: $OS_TOKEN"`), curl);
  assert.ok(curl.includes(`-d '${patch}'`), curl);
  execFileSync('bash', ['-n', '-c', curl]);
  const python = writeExchange('Python', sent, around);
  assert.ok(python.includes(`body = ${JSON.stringify(patch)}`), python);
  execFileSync('python3', ['-c', `import ast, sys; ast.parse(sys.stdin.read())`], { input: python });
  const http = writeExchange('.http', sent, around);
  assert.match(
    http,
    /^PATCH http:.*\nX-Auth-Token: \{\{\$processEnv OS_TOKEN\}\}\nContent-Type: .*patch\n\n\[/,
  );
  const put = { ...sent, method: 'PUT', exchange: { ...own, headers: { 'x-object-manifest': "c/it's/" } } };
  const withHeader = writeExchange('curl', put, around);
  assert.ok(withHeader.includes(`-H 'x-object-manifest: c/it'\\''s/'`), withHeader);
  assert.ok(
    writeExchange('Python', put, around).includes(
      `headers={"x-object-manifest": "c/it's/", "Content-Type": ${JSON.stringify(own.media)}}`,
    ),
  );
  assert.match(writeExchange('.http', put, around), /\nx-object-manifest: c\/it's\/\nContent-Type: /);
  const { sent: _, media: __, ...bare } = own;
  const empty = writeExchange('curl', { method: 'PUT', url: own.url, exchange: bare }, around);
  assert.ok(empty.includes('-X PUT') && empty.includes("-H 'Content-Length: 0'"), empty);
  const foreign = { method: 'POST', url: own.url };
  assert.ok(writeExchange('curl', foreign, around).includes(' --data-binary @BODY'));
  assert.ok(writeExchange('Python', foreign, around).includes('body = open("BODY", "rb")'));
  assert.match(writeExchange('.http', foreign, around), /\n\n< \.\/BODY\n$/);
  for (const form of ['curl', 'Python', '.http'] as const)
    assert.match(writeExchange(form, foreign, around), /The body is not known: another program sent it\./);
});

test('a document of it shows both halves, and of others why there is nothing more', () => {
  const text = requestText(row, own.url);
  assert.match(text, /^PATCH http.*\nX-Auth-Token: \$OS_TOKEN\n/);
  assert.match(text, /### 403 after 12 ms.*\n# Refused by the rule property\/protected\n/);
  const [other] = mergeRequests([], [told()], '');
  assert.ok(other);
  assert.match(requestText(other, 'http://x/'), /kept only of what this window asks/);
});

test('only what is whole is sent again, and only in the emulator', () => {
  const emulator = { isSandbox: true, label: 'Emulator' };
  const [foreign] = mergeRequests([], [told({ method: 'POST' })], '');
  assert.ok(foreign);
  assert.equal(forbidsReplay(row, emulator), undefined);
  assert.match(forbidsReplay(row, { isSandbox: false, label: 'acme' }) ?? '', /^acme is a real cloud/);
  assert.match(forbidsReplay(foreign, emulator) ?? '', /another program sent it/);
  assert.equal(forbidsReplay({ ...foreign, method: 'DELETE' }, emulator), undefined);
  const secret: RequestRow = {
    ...row,
    exchange: { ...own, sent: { text: '{"adminPass":"(left out: may be secret)"}' } },
  };
  assert.match(forbidsReplay(secret, emulator) ?? '', /held a secret/);
  const signed = { 'x-account-meta-temp-url-key': '(left out: may be secret)' };
  assert.match(
    forbidsReplay({ ...row, exchange: { ...own, headers: signed } }, emulator) ?? '',
    /held a secret/,
  );
  assert.match(forbidsReplay({ ...foreign, path: '/identity/v3/auth/tokens' }, emulator) ?? '', /password/);
});

test('a refusal leads to the one document that is about its image, by id or name', () => {
  const candidate = (path: string, data: Candidate['part']['data']): Candidate => ({
    path,
    part: { index: 0, kind: 'image', data },
    pointer: '/com.rackspace__1__options',
  });
  assert.equal(findImageId(row), id);
  const image = { id, name: 'Web' };
  const byId = candidate('a.yaml', { id });
  const byName = candidate('b.yaml', { name: 'Web' });
  const other = candidate('c.yaml', { name: 'Other' });
  const rule = 'property/protected';
  assert.equal(chooseCandidate([byId, other], image, rule), byId);
  assert.equal(chooseCandidate([other, byName], image, rule), byName);
  assert.match(
    JSON.stringify(chooseCandidate([byId, byName], image, rule)),
    /Several manifests.*a\.yaml, b\.yaml/,
  );
  assert.match(
    JSON.stringify(chooseCandidate([other], image, rule)),
    /No manifest here that is about this image/,
  );
  assert.equal(chooseCandidate([other], undefined, rule), other);
});

test('a cloud that names no rule is understood by its words, in JSON or as a page', () => {
  const text = "Property 'x' is protected";
  const finding = { rule: 'property/protected', answer: { status: 403, text } } as const;
  const refused = (received: string, status = 403) => ({
    status,
    exchange: { ...own, received: { text: received } },
  });
  assert.ok(isSameRefusal(refused(JSON.stringify({ message: `403: ${text}` })), finding));
  assert.ok(isSameRefusal(refused('<h1>403</h1>Property &#x27;x&#x27; is protected<br/>'), finding));
  assert.ok(!isSameRefusal(refused('something else'), finding));
  assert.ok(!isSameRefusal(refused(text, 409), finding));
  assert.ok(isSameRefusal({ status: 403, rule: 'property/protected' }, finding));
});
