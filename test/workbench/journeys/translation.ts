import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { accent, listUntranslatedWords, pseudo } from '../../tools/pseudo.ts';
import type { Journey } from '../journey.ts';

/**
 * In an editor whose display language has a translation: every text of ours is given by it, and none is cut where it is a third
 * longer. What stays is what the cloud answers.
 */
export const translationJourney: Journey = {
  name: 'translation',
  language: 'qps-ploc',
  prepare: async () => undefined,
  run: async ({ step, picture, page, workbench }) => {
    const product = pseudo('Cloud Images');
    const quickInput = page.locator('.quick-input-widget');
    const firstImage = page.locator('[role=treeitem][aria-level="2"]:not([aria-label^="⟦"])').first();

    await step('views and welcome texts are translated', async () => {
      await page.getByRole('tab', { name: product }).click();
      await page.getByRole('button', { name: pseudo('Start the Emulator') }).waitFor();
      const pane = page.locator('.split-view-view .pane');
      await expectTranslated('the titles of views', pane.locator('.pane-header h3.title'));
      await expectTranslated('welcome texts', pane.locator('.welcome-view-content'));
      await picture('welcome');
      await page.getByRole('button', { name: pseudo('Start the Emulator') }).click();
    });

    await step('groups, their counts, and the status are translated', async () => {
      await workbench.row(new RegExp(`^${pseudo('Public')}, `)).click({ timeout: 30_000 });
      await firstImage.waitFor();
      const groups = page.locator('[role=treeitem][aria-level="1"][aria-expanded]');
      const labels = await groups.evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));
      const ofImages = labels.filter((label) => label?.startsWith('⟦'));
      assert.ok(ofImages.length > 0, labels.join('\n'));
      for (const label of ofImages) assert.deepEqual(listUntranslatedWords(label ?? ''), [], String(label));
      await workbench.statusItem(accent('Emulator')).waitFor();
    });

    await step('the menu of an image is translated, and no entry is cut', async () => {
      await firstImage.click({ button: 'right' });
      await page.getByRole('menuitem', { name: pseudo('Show Details') }).waitFor();
      const entries = page.getByRole('menuitem').locator('.action-label');
      await expectTranslated('the menu', entries);
      await expectWhole('the menu', entries);
      await picture('menu');
      await page.keyboard.press('Escape');
    });

    await step('a form and its objection are translated, and neither is cut', async () => {
      await workbench.command(`${product}: ${pseudo('Connect to a Cloud…')}`);
      await quickInput.getByText(accent('Connect to which cloud?')).waitFor();
      await quickInput.getByText(accent('Another cloud…')).waitFor();
      await expectTranslated('the choices', quickInput.locator('.label-name, .label-description'));
      await workbench.choose(accent('Another cloud…'));
      const title = quickInput.locator('.quick-input-title');
      await title.filter({ hasText: '·' }).waitFor();
      await expectTranslated('the title', title);
      await quickInput.locator('input').first().fill('nowhere');
      const objection = quickInput.locator('.quick-input-message');
      await objection.filter({ hasText: accent('Enter an address') }).waitFor();
      await expectWhole('the form', quickInput.locator('.quick-input-title, .quick-input-message'));
      await picture('form');
      await page.keyboard.press('Escape');
    });

    await step('a message and its buttons are translated', async () => {
      await workbench.command(`${product}: ${pseudo('Delete a Snapshot of the Emulator…')}`);
      const message = workbench.notification(accent('There is no snapshot yet.'));
      await message.waitFor();
      await expectTranslated('the message', message.locator('.notification-list-item-message'));
      await expectTranslated('its buttons', message.locator('.monaco-button'));
      await expectWhole('its buttons', message.locator('.monaco-button'));
    });

    await step('the details page is translated, by its host and by itself, and nothing is cut', async () => {
      await firstImage.click({ button: 'right' });
      await page.getByRole('menuitem', { name: pseudo('Show Details') }).hover();
      await page.keyboard.press('Enter');
      const frame = await workbench.frame(new RegExp(accent('Details')));
      await frame.getByRole('heading', { name: pseudo('Checksums') }).waitFor();
      const texts = frame.locator('h2, dt, thead th, caption, button, summary');
      await expectTranslated('the page', texts);
      await expectWhole('the page', texts);
      const wide = await frame.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than its window`);
    });
  },
};

/** Fails where there is a word outside of what the translation gave. */
async function expectTranslated(what: string, texts: Locator): Promise<void> {
  const found = (await texts.filter({ visible: true }).allInnerTexts()).filter((text) => /\p{L}/u.test(text));
  assert.ok(found.length > 0, `there are texts in ${what}`);
  const strange = found.filter((text) => listUntranslatedWords(text).length > 0);
  assert.deepEqual(strange, [], `not translated in ${what}`);
}

/** Fails where a text is longer than its place, and cut off there. */
async function expectWhole(what: string, texts: Locator): Promise<void> {
  const cut = await texts.evaluateAll((elements) =>
    elements
      .filter((element) => {
        const look = element.ownerDocument.defaultView?.getComputedStyle(element);
        return look?.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
      })
      .map((element) => element.textContent),
  );
  assert.deepEqual(cut, [], `cut off in ${what}`);
}
