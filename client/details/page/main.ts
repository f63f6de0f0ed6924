import { t } from '@vscode/l10n';
import type { BlockMap } from '../../../server/disks/blockStates.ts';
import { type BlockMapPicture, createBlockMap, type KeptBlockView } from '../../pictures/page/blockMap.ts';
import {
  announce,
  button,
  element,
  find,
  replaceContent,
  section as sectionElement,
} from '../../pictures/page/dom.ts';
import { connectHost, type Host } from '../../pictures/page/host.ts';
import type { DetailsPage, FromDetails, KeptDetails, Section, ToDetails } from '../protocol.ts';
import { drawPart, type Links } from './parts.ts';
import { createClock } from './timeLine.ts';

type DetailsHost = Host<FromDetails, KeptDetails>;

const view = createView();
connectHost<ToDetails, FromDetails, KeptDetails>((message, host) => {
  if (message.kind === 'map') return view.keepMap(message.id, message.map);
  host.keep({ subject: message.subject });
  view.show(message.page, host);
});

/** Lays the page out. What has been drawn is drawn again only where its data differ, and keeps its place. */
function createView() {
  const drawn = new Map<string, string>();
  const followClock = createClock();
  let told: string | undefined;

  const maps = new Map<string, BlockMap>();
  const pictures = new Map<string, BlockMapPicture>();
  const captions = new Map<string, string>();

  const showMap = (id: string): void => {
    const map = maps.get(id);
    if (map) pictures.get(id)?.show(map, captions.get(id) ?? '');
  };

  const keepMap = (id: string, map: BlockMap): void => {
    maps.set(id, map);
    showMap(id);
  };

  const drawBlocks = (host: DetailsHost, id: string, caption: string): HTMLElement => {
    const keep = (seen: KeptBlockView): void => host.keep({ views: { ...host.state.views, [id]: seen } });
    const picture = pictures.get(id) ?? createBlockMap(id, host.state.views?.[id], keep);
    pictures.set(id, picture);
    captions.set(id, caption);
    showMap(id);
    return picture.element;
  };

  const put = (root: Element, id: string, data: unknown, make: () => HTMLElement): void => {
    const text = JSON.stringify(data);
    if (drawn.get(id) === text) return;
    drawn.set(id, text);
    const made = make();
    const place = document.getElementById(id);
    if (place) replaceContent(place, ...made.childNodes);
    else root.append(made);
  };

  const show = (page: DetailsPage, host: DetailsHost): void => {
    const isFirst = drawn.size === 0;
    // An import's page becomes that of its image.
    document.title = t`${page.title} · Details`;
    const links = { ...followLinks(host), blocks: drawBlocks.bind(undefined, host) };
    const root = find('page');
    put(root, 'head', [page.title, page.status, page.notice, page.actions], () => drawHead(page, host));
    for (const part of page.sections) put(root, part.id, part, () => drawSection(part, links, host));
    const kept = new Set(['head', ...page.sections.map(({ id }) => id)]);
    for (const id of [...drawn.keys()].filter((one) => !kept.has(one))) {
      document.getElementById(id)?.remove();
      drawn.delete(id);
    }
    arrange(root, [...kept]);
    const news = page.notice ?? page.status;
    if (told !== undefined && told !== news) announce(news);
    told = news;
    followClock();
    if (!isFirst) return;
    performance.mark('drawn');
    host.post({ kind: 'drawn' });
  };
  return { show, keepMap };
}

function followLinks(host: DetailsHost): Omit<Links, 'blocks'> {
  return {
    open: (what) => host.post({ kind: 'open', what }),
    copy: (text) => {
      host.post({ kind: 'copy', text });
      announce(t('Copied.'));
    },
  };
}

/** Puts sections that have come since into their place, and moves no other: what is moved loses the focus. */
function arrange(root: Element, ids: readonly string[]): void {
  let next: Element | null = null;
  for (const id of [...ids].reverse()) {
    const place: HTMLElement | null = document.getElementById(id);
    if (place && place.nextElementSibling !== next) root.insertBefore(place, next);
    next = place;
  }
}

function drawHead(page: DetailsPage, host: DetailsHost): HTMLElement {
  return element(
    'header',
    { id: 'head' },
    element('h1', {}, page.title),
    element('p', { class: 'status' }, page.status),
    page.notice === undefined ? undefined : element('p', { class: 'notice' }, page.notice),
    element(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': t('Actions') },
      ...page.actions.map(({ id, title, reason }) =>
        button(`action-${id}`, title, () => host.post({ kind: 'act', action: id }), reason),
      ),
    ),
  );
}

function drawSection(
  { id, title, about, state, parts, again }: Section,
  links: Links,
  host: DetailsHost,
): HTMLElement {
  const read = (label: string): HTMLElement =>
    button(`read-${id}`, label, () => host.post({ kind: 'read', section: id }));
  const made = sectionElement(
    id,
    title,
    about === undefined ? undefined : element('p', { class: 'note' }, about),
    ...parts.map((part, at) => drawPart(`${id}-${at}`, part, links)),
    state.kind === 'reading' ? element('p', { class: 'note' }, t('Reading…')) : undefined,
    state.kind === 'asked' ? read(state.verb) : undefined,
    state.kind === 'failed' ? element('p', { class: 'tone-error' }, state.reason) : undefined,
    state.kind === 'failed' ? read(t('Try Again')) : undefined,
    state.kind === 'ready' && again !== undefined ? read(again) : undefined,
  );
  return made;
}
