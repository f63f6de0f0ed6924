import { t } from '@vscode/l10n';

/** Makes the elements of a page. Text goes in as text: nothing that a cloud or a disk says is ever read as HTML. */

type Attribute = string | number | boolean | undefined | ((event: Event) => void);
/** Names and values; `true` is an attribute without a value, `false` and undefined are none, `onclick` and its like listen. */
export type Attributes = Readonly<Record<string, Attribute>>;
export type Child = Node | string | undefined;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for the elements of a drawing. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return furnish(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function furnish<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Finds an element of the page. Throws where there is none, which is a mistake of ours. */
export function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`There is no ${id}.`);
  return found;
}

/**
 * Puts other content in. What has the focus keeps it, and what is folded out stays so, where the new content has elements
 * of the same ids.
 */
export function replaceContent(parent: Element, ...children: readonly Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement?.id : undefined;
  const open = [...parent.querySelectorAll('details[open][id]')].map(({ id }) => id);
  parent.replaceChildren(...children.filter((child) => child !== undefined));
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** A part of a page with its heading. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  );
}

/** Names and what they are; those without a value are left out. */
export function descriptionList(entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return element(
    'dl',
    {},
    ...entries
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

export interface TableParts {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Child[])[];
  /** Columns of numbers, by index: they are aligned at the right. */
  readonly numeric?: readonly number[];
}

export function table({ caption, columns, rows, numeric = [] }: TableParts): HTMLElement {
  const look = (at: number): Attributes => (numeric.includes(at) ? { class: 'number' } : {});
  return element(
    'div',
    // What scrolls must be reached by the keyboard, too.
    { class: 'wide', role: 'group', 'aria-label': caption, tabindex: 0 },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element(
        'thead',
        {},
        element('tr', {}, ...columns.map((name, at) => element('th', { scope: 'col', ...look(at) }, name))),
      ),
      element(
        'tbody',
        {},
        ...rows.map((cells) =>
          element(
            'tr',
            {},
            ...cells.map((cell, at) =>
              at === 0 ? element('th', { scope: 'row', ...look(at) }, cell) : element('td', look(at), cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** A picture with its caption, and behind it the table that says the same. */
export function figure(id: string, caption: string, picture: Child, behind: Child): HTMLElement {
  return element(
    'figure',
    { id, 'aria-labelledby': `${id}-caption` },
    element('figcaption', { id: `${id}-caption` }, caption),
    picture,
    element('details', { id: `${id}-table` }, element('summary', {}, t('Show as table')), behind),
  );
}

/** A button; with `reason` it is greyed, and the reason stands beside it. */
export function button(id: string, label: string, act: () => void, reason?: string): HTMLElement {
  if (reason === undefined) return element('button', { id, type: 'button', onclick: act }, label);
  return element(
    'span',
    { class: 'refused' },
    element(
      'button',
      { id, type: 'button', 'aria-disabled': 'true', 'aria-describedby': `${id}-reason` },
      label,
    ),
    ' ',
    element('span', { id: `${id}-reason` }, reason),
  );
}

/** Has a screen reader say what has changed. */
export function announce(text: string): void {
  find('announcements').textContent = text;
}
