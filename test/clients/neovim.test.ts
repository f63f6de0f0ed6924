import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { debianTools, ensureDebian } from '../tools/debian.ts';

/** Neovim from Debian with the configuration that the README shows, in a home of its own. */
const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'cloud-images-neovim-'));
const configuration = join(import.meta.dirname, 'neovim.lua');

before(() => {
  ensureDebian(debianTools['nvim'] ?? [], 'nvim');
  symlinkSync(join(import.meta.dirname, '..', '..'), join(home, 'cloud-images'));
});
after(() => rmSync(home, { recursive: true }));

/** Opens a file, runs Lua that ends with `answer(value)`, and gives that value back. */
async function inNeovim<Value>(name: string, text: string, lua: string): Promise<Value> {
  const work = join(home, 'work');
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, name), text);
  const script = join(home, 'script.lua');
  const output = join(home, 'answer.json');
  const answering = `
local function answer(value)
  vim.fn.writefile({ vim.json.encode(value) }, '${output}')
end
local function waited(what, ready)
  if not vim.wait(30000, ready, 20) then answer({ failed = what, codes = vim.tbl_map(function(one) return one.code end, vim.diagnostic.get(0)), text = vim.fn.getline(1, '$') }) vim.cmd('qall!') end
end
`;
  writeFileSync(script, `${answering}${lua}\nvim.cmd('qall!')\n`);
  // A script that fails leaves no answer, and its words.
  const { stderr } = await run(
    'nvim',
    ['--headless', '-n', '-u', configuration, name, '-c', `luafile ${script}`, '-c', 'cquit!'],
    {
      cwd: work,
      env: {
        PATH: `${process.execPath.replace(/\/[^/]+$/, '')}:${process.env['PATH'] ?? ''}`,
        HOME: home,
        LC_ALL: 'C.UTF-8',
      },
      timeout: 60_000,
    },
  );
  assert.doesNotMatch(stderr, /Error/);
  return JSON.parse(readFileSync(output, 'utf8'));
}

test('Neovim shows the findings of a manifest, and takes a quick fix', async () => {
  const found = await inNeovim<{ before: [string, number, number][]; after: string[]; left: string[] }>(
    'web.image.yaml',
    'name: "größe"\ntags: ["größe 🚀 eins", b c]\ncom.rackspace__1__team: blue\n',
    `
waited('findings', function() return #vim.diagnostic.get(0) == 3 end)
local before = vim.tbl_map(function(one) return { one.code, one.lnum, one.col } end, vim.diagnostic.get(0))
vim.ui.select = function(items, _, choose)
  for _, item in ipairs(items) do
    if item[2].title == "Change to 'b_c'" then return choose(item) end
  end
end
vim.api.nvim_win_set_cursor(0, { 2, 29 })
vim.lsp.buf.code_action()
waited('fix', function() return vim.fn.getline(2):find('b_c') ~= nil end)
waited('findings after', function() return #vim.diagnostic.get(0) == 2 end)
answer({
  before = before,
  after = vim.fn.getline(1, '$'),
  left = vim.tbl_map(function(one) return one.code end, vim.diagnostic.get(0)),
})`,
  );
  // Neovim counts columns in bytes.
  assert.deepEqual(found.before.sort(), [
    ['property/protected', 2, 0],
    ['tag/url-safe', 1, 28],
    ['tag/url-safe', 1, 7],
  ]);
  assert.deepEqual(found.after, [
    'name: "größe"',
    'tags: ["größe 🚀 eins", b_c]',
    'com.rackspace__1__team: blue',
  ]);
  assert.deepEqual(found.left.sort(), ['property/protected', 'tag/url-safe']);
});

test('Neovim takes a fix of all of a rule, hovers and completes', async () => {
  const found = await inNeovim<{ text: string[]; hover: string; labels: string[] }>(
    'all.image.json',
    '{\n  "tags": ["a b", "c d"],\n  "min_disk": 20,\n  "vis"\n}\n',
    `
waited('findings', function() return #vim.diagnostic.get(0) > 1 end)
vim.ui.select = function(items, _, choose)
  for _, item in ipairs(items) do
    if item[2].title:find('^Fix all .tag/url%-safe') then return choose(item) end
  end
end
vim.api.nvim_win_set_cursor(0, { 2, 13 })
vim.lsp.buf.code_action()
waited('fix', function() return vim.fn.getline(2):find('c_d') ~= nil end)
local function ask(method, line, character)
  local parameters = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = line, character = character } }
  for _, answered in pairs(vim.lsp.buf_request_sync(0, method, parameters, 30000) or {}) do return answered.result end
end
local hover = ask('textDocument/hover', 2, 5)
local items = ask('textDocument/completion', 3, 6)
answer({
  text = vim.fn.getline(1, 3),
  hover = hover.contents.value,
  labels = vim.tbl_map(function(one) return one.label end, items),
})`,
  );
  assert.deepEqual(found.text, ['{', '  "tags": ["a_b", "c_d"],', '  "min_disk": 20,']);
  assert.match(found.hover, /Smallest system disk/);
  assert.ok(found.labels.includes('visibility') && !found.labels.includes('min_disk'), found.labels.join());
});

test('the README shows this very configuration', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
  const lua = readFileSync(join(import.meta.dirname, 'neovim.lua'), 'utf8');
  assert.ok(readme.includes(`\`\`\`lua\n${lua}\`\`\``));
});
