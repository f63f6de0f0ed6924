import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { readExtensionManifest } from '../tools/extensionManifest.ts';

// Commands import the editor, which there is none of here; nothing of it is called before a command runs.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'data:text/javascript,', shortCircuit: true } : next(specifier, context),
});
const { commands, withoutPalette } = await import('../../client/commands/table.ts');

interface Entry {
  readonly command: string;
  readonly when?: string;
}
const { contributes } = readExtensionManifest() as {
  contributes: {
    commands: readonly (Entry & { title: string; category?: string })[];
    keybindings: readonly Entry[];
    menus: Readonly<Record<string, readonly Entry[]>>;
    viewsWelcome: readonly { readonly contents: string }[];
  };
};
const contributed = contributes.commands.map(({ command }) => command);
const registered = Object.keys(commands).map((id) => `cloudImages.${id}`);

test('every command that package.json contributes is in the table, and the other way round', () => {
  // A click on the status bar is no command that a person looks for.
  const internal = ['cloudImages.chooseAction'];
  assert.deepEqual(registered.filter((id) => !internal.includes(id)).sort(), [...contributed].sort());
});

test('menus and welcome texts name commands that exist', () => {
  const named = [
    ...Object.values(contributes.menus).flatMap((entries) => entries.map(({ command }) => command)),
    ...contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:([\w.]+)\)/g)].map(([, id = '']) => id),
    ),
  ];
  assert.deepEqual(
    named.filter((id) => id.startsWith('cloudImages.') && !contributed.includes(id)), // the rest is VS Code's
    [],
  );
});

test('the palette offers no command twice, and none whose title is the beginning of another', () => {
  const offered = contributes.commands.filter(
    ({ command }) => !withoutPalette.has(command.slice('cloudImages.'.length)),
  );
  const runs = offered.map(({ command }) => commands[command.slice('cloudImages.'.length)]);
  assert.equal(new Set(runs).size, runs.length);
  const titles = offered.map(({ title }) => title.replace(/…$/, ''));
  for (const title of titles)
    assert.deepEqual(
      titles.filter((other) => other === title || other.startsWith(`${title} `)),
      [title],
    );
});

test('the keys of the trees name commands that exist, and never act while a name is typed', () => {
  for (const { command, when } of contributes.keybindings) {
    assert.ok(contributed.includes(command));
    assert.match(String(when), /focusedView == cloudImages\.\w+ && listFocus && !inputFocus/);
  }
});

test('the palette offers a command unless it needs what a row, a lens or a finding gives it', () => {
  const palette = contributes.menus['commandPalette'] ?? [];
  const hidden = palette.filter(({ when }) => when === 'false').map(({ command }) => command);
  assert.deepEqual(hidden.sort(), [...withoutPalette].map((id) => `cloudImages.${id}`).sort());
});
