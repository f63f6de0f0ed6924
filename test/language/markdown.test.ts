import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarkupContent } from 'vscode-languageserver/node';
import { codeSpan, escapeMarkdown, printable } from '../../server/plainText.ts';
import { startLanguageServer } from '../tools/languageServer.ts';

/** Names and values of a stranger's manifest or image are shown as they are: nothing in them is loaded or followed. */
const picture = '![p](https://evil.example/p.png)';

test('a name is one line of plain Markdown, a value one piece of code', () => {
  assert.equal(escapeMarkdown(picture), '!\\[p\\](https\\://evil.example/p.png)');
  assert.equal(escapeMarkdown('<img src=x>\n# a *b* `c`'), '\\<img src=x\\> # a \\*b\\* \\`c\\`');
  assert.equal(escapeMarkdown('org.openstack__1__os_distro-x'), 'org.openstack__1__os_distro-x');
  assert.equal(codeSpan('a'), '`a`');
  assert.equal(codeSpan('a`b``c'), '```a`b``c```');
  assert.equal(codeSpan('`'), '`` ` ``');
  assert.equal(codeSpan('a\n\n# b'), '`a # b`');
  assert.equal(printable('a\u001b[2J\u009b\u202e\tb\nc'), 'a\\u001b[2J\\u009b\\u202e\tb\nc');
});

test('hover and completion show hostile names without loading or linking anything', async (t) => {
  const live = { id: '1', name: `\`${picture}`, status: 'active', [picture]: `\`${picture}\``, tags: [] };
  const server = await startLanguageServer({
    requests: {
      'cloudImages/liveImage': () => ({ image: live }),
      'cloudImages/list': () => ({ items: [{ name: picture, id: '1', detail: picture }] }),
    },
  });
  t.after(() => server.close());
  const text = `name: "\`${picture}"\n"${picture}": x\n`;
  const image = server.open('/work/a.image.yaml', text);
  const patchText = `[{"op":"replace","path":"/${picture.replaceAll('/', '~1')}","value":"y"},\n{"op":"add","path":"/a","value":"${picture}"}]\n`;
  const patch = server.open('/work/b.image-patch.json', patchText);
  const exported = server.open('/work/c.image-export.yaml', 'type: export\ninput:\n  image_uuid: \n');
  const hovers = [
    await image.hover(text.indexOf(picture, 30) + 3),
    await patch.hover(patchText.indexOf('!') + 2),
  ].flatMap((hover) => (hover ? [(hover.contents as MarkupContent).value] : []));
  const documented = (await exported.complete('type: export\ninput:\n  image_uuid: '.length)).map(
    ({ documentation }) => (documentation as MarkupContent).value,
  );
  assert.equal(hovers.filter((shown) => shown.includes('evil.example')).length, 2);
  assert.ok(documented.some((shown) => shown.includes('evil.example')));
  for (const shown of [...hovers, ...documented]) {
    // What is code is shown as it is; outside of it no bracket is bare.
    const outside = shown.replace(/(`+)(?!`).*?[^`]\1(?!`)/gs, '');
    assert.doesNotMatch(outside, /(?<!\\)[[\]<]|(?<!\\):\/\//, shown);
  }
});
