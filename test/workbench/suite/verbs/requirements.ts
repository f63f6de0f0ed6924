import type { CommandRun } from '../../../../client/commands/register.ts';
import { commands } from '../../../../client/commands/table.ts';
import * as protocol from '../../../../server/language/protocol.ts';
import { readExtensionManifest } from '../../../tools/extensionManifest.ts';

export type Outcome = CommandRun['outcome'];
/** The ways to a command, as far as it can tell them apart: `document` is a lens, a fix, an editor's title or the explorer. */
export type Entry = 'palette' | 'row' | 'rows' | 'key' | 'document';

/** What the suite has to see of a command. */
export interface Requirement {
  readonly id: string;
  readonly outcomes: readonly Outcome[];
  readonly entries: readonly Entry[];
}

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
}

interface Contributions {
  readonly commands: readonly { readonly command: string; readonly title: string }[];
  readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
  readonly keybindings: readonly MenuEntry[];
}

/** Commands that always succeed once they run, with the reason. */
const neverRefused: Readonly<Record<string, string>> = {
  showLog: 'shows what is there',
  'language.restart': 'a server that does not come up is shown by the status item',
  'emulator.showLog': 'says so where there is no log yet',
  'images.clearFilter': 'there is nothing to do where none is set',
  'images.groupBy': 'the views show what cannot be read',
  'images.sortBy': 'the views show what cannot be read',
  'images.showMore': 'draws what has been read',
  'images.refresh': 'the views show what cannot be read',
  'files.refresh': 'the view shows what cannot be read',
  'files.showMore': 'the view shows what cannot be read',
  'files.copyPath': 'copies what the row shows',
  'tasks.copyMessage': 'copies what the row shows',
  openHelp: 'opens a page of the extension',
  'requests.show': 'shows the view',
  'requests.filter': 'shows fewer rows',
  'requests.clear': 'shows no rows',
  'tasks.copyId': 'copies what the row shows',
  'emulator.stop': 'there is nothing to do where none runs',
};

/** Commands of several rows that cannot fail for one of them alone, with the reason. */
const allOrNothing: Readonly<Record<string, string>> = {
  'images.copyId': 'copies what the rows show',
  'images.compareWith': 'compares two',
  'servers.copyId': 'copies what the rows show',
  'files.copyPath': 'copies what the rows show',
  'files.refresh': 'reads the listing as a whole',
};

/** Commands of one row, whose second argument is something else than the selected rows. */
const ofOneRow: Readonly<Record<string, string>> = {
  import: 'the index of a document',
  plan: 'the index of a document',
  apply: 'the index of a document',
  'files.upload': 'a file that was dropped',
};

/** Lists what package.json promises of every command: its ways in, and how it can end. */
export function listRequirements(): Requirement[] {
  const { contributes } = readExtensionManifest() as { contributes: Contributions };
  const { menus, keybindings } = contributes;
  const isIn = (command: string, ...places: readonly string[]): boolean =>
    places.some((place) => (menus[place] ?? []).some((entry) => entry.command === command));
  const hidden = (menus['commandPalette'] ?? []).filter(({ when }) => when === 'false');
  const ofServer: readonly unknown[] = Object.values(protocol);
  return contributes.commands.map(({ command, title }) => {
    const id = command.slice('cloudImages.'.length);
    const isOfRow = isIn(command, 'view/item/context');
    const takesMany = isOfRow && (commands[id]?.length ?? 0) >= 3 && ofOneRow[id] === undefined;
    const entries: [Entry, boolean][] = [
      ['palette', !hidden.some((entry) => entry.command === command)],
      ['row', isOfRow],
      ['rows', takesMany],
      ['key', keybindings.some((key) => key.command === command)],
      ['document', isIn(command, 'editor/title', 'explorer/context') || ofServer.includes(command)],
    ];
    const outcomes: [Outcome, boolean][] = [
      ['success', true],
      ['refusal', neverRefused[id] === undefined],
      ['cancel', title.endsWith('…')],
      ['partial', takesMany && allOrNothing[id] === undefined],
    ];
    return { id, entries: choose(entries), outcomes: choose(outcomes) };
  });
}

/** Names the exceptions for which there is no command any more. */
export function listStaleExceptions(): string[] {
  const known = new Set(listRequirements().map(({ id }) => id));
  return [neverRefused, allOrNothing, ofOneRow]
    .flatMap((one) => Object.keys(one))
    .filter((id) => !known.has(id));
}

function choose<T>(pairs: readonly (readonly [T, boolean])[]): T[] {
  return pairs.flatMap(([value, wanted]) => (wanted ? [value] : []));
}
