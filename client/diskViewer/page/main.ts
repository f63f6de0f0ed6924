import { t } from '@vscode/l10n';
import { createBlockMap, type KeptBlockView } from '../../pictures/page/blockMap.ts';
import {
  button,
  type Child,
  descriptionList,
  element,
  find,
  replaceContent,
  section,
  table,
} from '../../pictures/page/dom.ts';
import { connectHost } from '../../pictures/page/host.ts';
import type {
  DiskView,
  FromPage,
  ShownChain,
  ShownGuest,
  ShownRepair,
  ShownVerdict,
  ToPage,
} from '../protocol.ts';

/** What is kept of the page while it is hidden. */
interface Kept {
  readonly blocks: KeptBlockView;
}

const host = connectHost<ToPage, FromPage, Kept>(({ view }) => showDisk(view));
const blockMap = createBlockMap('blocks-map', host.state.blocks, (blocks) => host.keep({ blocks }));

function showDisk(view: DiskView): void {
  const { name, summary, problem, isText, pending, facts, damage, guest, chain, blocks } = view;
  if (blocks) blockMap.show(blocks.map, blocks.caption);
  replaceContent(
    find('page'),
    element('h1', {}, name),
    element('p', { class: 'summary' }, summary),
    problem === undefined ? undefined : element('p', {}, problem),
    isText
      ? buttons(button('open-text', t('Open as Text'), () => host.post({ kind: 'openText' })))
      : undefined,
    pending === undefined ? undefined : element('p', { class: 'note', role: 'status' }, pending),
    showVerdicts(view),
    damage.length === 0 ? undefined : showDamage(damage),
    view.repair ? showRepair(view.repair) : undefined,
    facts.length === 0 ? undefined : section('facts', t('About the File'), descriptionList(facts)),
    guest ? showGuest(guest) : undefined,
    chain ? showChain(chain) : undefined,
    blocks ? section('blocks', t('Blocks'), blockMap.element) : undefined,
  );
  if (facts.length === 0)
    find('page').append(buttons(button('again', t('Read Again'), () => host.post({ kind: 'readAgain' }))));
}

function buttons(...children: readonly Child[]): HTMLElement {
  return element('div', { class: 'buttons' }, ...children);
}

function showVerdicts({ verdicts }: DiskView): HTMLElement | undefined {
  return verdicts.length === 0 ? undefined : section('verdicts', t('Import'), ...verdicts.map(showVerdict));
}

function showVerdict({ profile, title, accepted, findings }: ShownVerdict): HTMLElement {
  return element(
    'div',
    { class: accepted ? 'verdict accepted' : 'verdict refused-by' },
    element(
      'h3',
      {},
      element('span', { class: 'sign', 'aria-hidden': 'true' }, accepted ? '✓' : '✗'),
      ` ${title}`,
    ),
    findings.length === 0
      ? undefined
      : element(
          'ul',
          {},
          ...findings.map(({ severity, message, rule }, at) =>
            element(
              'li',
              {},
              element('span', { class: 'severity' }, `${severity}: `),
              `${message} `,
              element(
                'button',
                {
                  ...{ id: `rule-${profile}-${at}`, type: 'button', class: 'link' },
                  onclick: () => host.post({ kind: 'openRule', rule }),
                },
                rule,
              ),
            ),
          ),
        ),
  );
}

function showDamage(damage: DiskView['damage']): HTMLElement {
  return section(
    'damage',
    t('Damage'),
    table({
      caption: t('Fields that are not as they must be'),
      columns: [t('Field'), t('What is wrong')],
      rows: damage.map(({ field, text }) => [field, text]),
    }),
  );
}

function showRepair({ steps, refused, canUndo, undoRefused }: ShownRepair): HTMLElement | undefined {
  if (steps.length === 0 && !canUndo) return undefined;
  const repair =
    steps.length === 0
      ? undefined
      : button('repair', t('Repair…'), () => host.post({ kind: 'repair' }), refused);
  const undo = canUndo
    ? button('undo', t('Undo Repair'), () => host.post({ kind: 'undo' }), undoRefused)
    : undefined;
  return section(
    'repairs',
    t('Repair'),
    steps.length === 0
      ? element('p', {}, t('The disk was repaired. What was changed is kept beside it.'))
      : element(
          'div',
          {},
          element('p', {}, t('This can be repaired without a guess, and undone:')),
          element('ul', {}, ...steps.map((step) => element('li', {}, step))),
        ),
    buttons(repair, undo),
  );
}

function showGuest({ facts, partitions }: ShownGuest): HTMLElement {
  return section(
    'guest',
    t('Partitions and Guest'),
    descriptionList(facts),
    partitions.length === 0
      ? undefined
      : table({
          caption: t('Partitions of the disk'),
          columns: [t('Number'), t('Partition'), t('Content'), t('From byte'), t('Size')],
          numeric: [3, 4],
          rows: partitions,
        }),
  );
}

function showChain({ caption, columns, rows, problem }: ShownChain): HTMLElement {
  return section(
    'chain',
    t('Chain'),
    problem === undefined ? undefined : element('p', { class: 'tone-error' }, problem),
    table({
      caption,
      columns,
      rows: rows.map(({ cells: [name = '', ...cells], path }, at) => [
        path === undefined
          ? name
          : element(
              'button',
              {
                ...{ id: `chain-${at}`, type: 'button', class: 'link' },
                onclick: () => host.post({ kind: 'openDisk', path }),
              },
              name,
            ),
        ...cells,
      ]),
    }),
  );
}
