import type { Frame, Locator, Page } from 'playwright-core';

/** The parts of VS Code's window that journeys use, by what a person and a screen reader know of them. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Runs a command from the palette. */
  async command(title: string): Promise<void> {
    await this.#takeFromPalette('F1', `>${title}`, title);
  }

  /** Takes a row of the palette. It is opened again where a busy window lost what was typed, or did not offer it yet. */
  async #takeFromPalette(key: string, text: string, label: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    await this.eventually(`the palette to list ${label}`, async () => {
      if (await input.isHidden()) await this.page.keyboard.press(key);
      await input.fill(text, { timeout: 5000 }).catch(() => undefined);
      const isThere = await row.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (!isThere) await this.page.keyboard.press('Escape');
      return isThere;
    });
    await this.page.keyboard.press('Enter');
  }

  /** Takes a row of the list that is open. */
  async choose(label: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
    await row.waitFor();
    await row.click();
  }

  /** Answers what is asked for. */
  async type(title: string | RegExp, text: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget', { hasText: title });
    await widget.waitFor();
    await widget.locator('input').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers the dialog for a file. What is typed before it lists a folder would be overwritten. */
  async chooseFile(path: string, button: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await this.eventually('the dialog to take the file', async () => {
      if (await input.isHidden()) return true;
      if ((await input.inputValue()) !== path) await input.fill(path);
      await this.page.getByRole('button', { name: button, exact: true }).click();
      return input.waitFor({ state: 'hidden', timeout: 3000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** Takes an entry of the menu of a tree's row. */
  async menu(row: string | RegExp, entry: string): Promise<void> {
    await this.row(row).click({ button: 'right' });
    // A menu that has just opened takes no click, since it may be the end of the one that opened it.
    await this.page.getByRole('menuitem', { name: entry }).hover();
    await this.page.keyboard.press('Enter');
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.#takeFromPalette('ControlOrMeta+P', name, name);
    await this.tab(name).waitFor();
  }

  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab', { hasText: name });
  }

  async dirty(name: string): Promise<void> {
    await this.page.locator('.tabs-container .tab.dirty', { hasText: name }).waitFor();
  }

  async saved(name: string): Promise<void> {
    await this.page.locator('.tabs-container .tab:not(.dirty)', { hasText: name }).waitFor();
  }

  /** Waits for what happens outside the window. */
  async eventually(what: string, probe: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      if (await probe()) return;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`Waited in vain for ${what}.`);
  }

  /**
   * Loads the window again when it will remember what was done in it. A served editor writes its layout down every five
   * seconds, into the database of its page; a tab opened since is lost with the page.
   */
  async reload(remembered: string): Promise<void> {
    await this.eventually(`the window to remember ${remembered}`, async () => {
      const state = await this.page.context().storageState({ indexedDB: true });
      return JSON.stringify(state).replaceAll('\\', '').includes(remembered);
    });
    await this.page.reload();
  }

  /** What can be read of the window: its tabs and rows, editors and messages. For the report of a step that failed. */
  async texts(): Promise<string> {
    const parts = {
      tabs: '.tabs-container .tab',
      editor: '.monaco-editor-pane-placeholder, .editor-group-container.active .view-lines',
      rows: '.split-view-view [role=treeitem]',
      messages: '.notification-list-item, .monaco-dialog-box, .quick-input-widget:not([style*="none"])',
      status: '.statusbar-item',
    };
    const lines: string[] = [];
    for (const [name, selector] of Object.entries(parts)) {
      const texts = await this.page.locator(selector).allInnerTexts();
      lines.push(`${name}: ${texts.map((text) => text.replaceAll(/\s+/g, ' ').trim()).join(' | ')}`);
    }
    return lines.join('\n').slice(0, 4000);
  }

  async focusEditor(): Promise<void> {
    await this.page.locator('.editor-group-container.active .view-lines').first().click();
    await this.page.keyboard.press('Control+Home');
  }

  /** Goes to the next problem by key, and opens its fixes, of which one is so called. Asks again where the editor was busy. */
  async openFixes(title: string): Promise<Locator> {
    const { keyboard } = this.page;
    await keyboard.press('F8');
    const problem = this.page.locator('.marker-widget').first();
    await problem.waitFor();
    // Escape closes a message first.
    for (let tries = 0; tries < 5 && (await problem.isVisible()); tries++) {
      await keyboard.press('Escape');
      await problem.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => undefined);
    }
    const fixes = this.page.locator('.action-widget', { hasText: title });
    for (let tries = 0; tries < 5 && !(await fixes.isVisible()); tries++) {
      if (tries > 0) await keyboard.press('Escape');
      await keyboard.press('ControlOrMeta+.');
      await fixes.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await fixes.waitFor();
    return fixes;
  }

  /** Puts a line of its own below the first. */
  async insertBelowFirstLine(text: string): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('End');
    await this.page.keyboard.insertText(`\n${text}`);
  }

  /** A row of a tree whose spoken label holds `text`. */
  row(text: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name: text });
  }

  /** The page of ours that a webview shows, by its title, when its script has put something in. */
  async frame(title: string | RegExp): Promise<Frame> {
    const isIt = async (frame: Frame): Promise<boolean> => {
      const found = await frame.title().catch(() => ''); // a frame that was just thrown away has none
      const fits = typeof title === 'string' ? found === title : title.test(found);
      return fits && (await frame.locator('#page > *').count()) > 0;
    };
    let found: Frame | undefined;
    await this.eventually(`the page ${title}`, async () => {
      for (const frame of this.page.frames()) if (await isIt(frame)) found = frame;
      return found !== undefined;
    });
    if (!found) throw new Error(`There is no page ${title}.`);
    return found;
  }

  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text });
  }

  lens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: text });
  }
}

/** Reads a tree as a screen reader does, with its levels. Ages and durations are left out. */
export async function readTree(tree: Locator): Promise<string[]> {
  const rows = await tree.getByRole('treeitem').all();
  return Promise.all(
    rows.map(async (row) => {
      const [level, expanded, label] = await Promise.all(
        ['aria-level', 'aria-expanded', 'aria-label'].map((name) => row.getAttribute(name)),
      );
      const state = expanded === null ? '' : expanded === 'true' ? ', expanded' : ', collapsed';
      return `level ${level}${state}: ${(label ?? '').replace(/just now|\d+ minutes? ago/, 'AGE').replace(/took \d+ s/, 'took TIME')}`;
    }),
  );
}
