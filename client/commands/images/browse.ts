import { t } from '@vscode/l10n';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { queryImages } from '../../cloud/imageQuery.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describeError } from '../../ui/errors.ts';
import type { TypeAheadRow } from '../../ui/typeAhead.ts';
import { groupings, sortings } from '../../views/images/arrangement.ts';
import { formatShare } from '../../views/images/browsing.ts';
import type { MoreNode } from '../../views/images/imageTree.ts';
import { completeQuery } from '../../views/images/queryCompletion.ts';

interface FilterRow extends TypeAheadRow {
  /** What taking it does: keeps what is shown, asks the cloud, or goes on with a text. */
  readonly does: 'keep' | 'ask' | { readonly text: string };
  /** The saved filter that it stands for. */
  readonly saved?: string;
}

/** Filters the images while one types; a text that begins with `?` is a query that the cloud is asked. */
export async function filterImages(context: Context): Promise<void> {
  const { browsing, source, ui } = context;
  const { profile } = await source.connect();
  const left = new AbortController();
  let images: readonly LiveImage[] = [];
  void context.images.loaded().then((snapshot) => {
    if (snapshot.kind === 'ready') images = [...snapshot.items.values()];
  });
  const before = browsing.filter;
  const isDone = await ui.typeAhead<FilterRow>({
    title: t('Filter Images'),
    placeHolder: t('Part of a name, tag or ID. A query for the cloud begins with ?'),
    text: before?.text ?? '',
    typed: (text) => {
      if (!isQuery(text)) browsing.show({ kind: 'text', text });
      else if (browsing.filter?.kind === 'text') browsing.show(undefined);
    },
    rows: (text) =>
      isQuery(text)
        ? [
            { label: t('$(cloud) Ask the Cloud'), description: text, does: 'ask' },
            ...completeQuery(text, { profile, images }).map(
              (one): FilterRow => ({
                label: one.label,
                description: one.description,
                does: { text: one.text },
              }),
            ),
          ]
        : [describeKept(context, text), ...listSaved(context), howToAsk],
    take: async ({ does, saved }, typed) => {
      const text = saved !== undefined && typeof does === 'object' ? does.text : typed;
      if (saved !== undefined && !isQuery(text)) browsing.show({ kind: 'text', text });
      if (does === 'keep' || (saved !== undefined && !isQuery(text))) return 'done';
      if (does !== 'ask' && saved === undefined) return does;
      try {
        const connection = await source.connect();
        const answer = await queryImages(connection, text, left.signal);
        // The person may have left the box meanwhile, or gone elsewhere.
        if (!left.signal.aborted && source.connection === connection)
          browsing.show({ kind: 'query', text, ...answer });
        return 'done';
      } catch (error) {
        const refusal: FilterRow = {
          label: t('$(error) The cloud refuses the query'),
          detail: describeError(error),
          does: 'ask',
        };
        return { text, rows: [refusal] };
      }
    },
    remove: async ({ saved }) => {
      if (saved !== undefined) await browsing.forget(saved);
    },
  });
  left.abort();
  if (isDone) return;
  browsing.show(before);
  throw new Cancelled();
}

export async function clearFilter({ browsing }: Context): Promise<void> {
  browsing.show(undefined);
}

/** Saves the present filter by a name. */
export async function saveFilter({ browsing, ui }: Context): Promise<void> {
  const { filter } = browsing;
  if (!filter) throw new Error(t('The images are not filtered. Filter them first.'));
  const name = await ui.ask(
    t`Name of the filter “${filter.text.trim()}”`,
    (text) => {
      if (text.trim() === '') return t('Enter a name.');
      const same = browsing.saved.find((one) => one.name === text.trim());
      return same && { note: t`It takes the place of “${same.text}”.` };
    },
    { value: filter.text.trim() },
  );
  if (name === undefined) throw new Cancelled();
  await browsing.save({ name: name.trim(), text: filter.text.trim() });
}

export async function deleteFilter({ browsing, ui }: Context): Promise<void> {
  const choices = browsing.saved.map(({ name, text }) => ({ label: name, description: text }));
  if (choices.length === 0) throw new Error(t('No filter is saved in this workspace.'));
  const chosen = await ui.pick(choices, t('Delete which saved filter?'));
  if (!chosen) throw new Cancelled();
  await browsing.forget(chosen.label);
}

export async function groupImages({ browsing, ui }: Context): Promise<void> {
  const choices = groupings.map((one) => ({
    ...one,
    description: describeChoice(one.about, one.group === browsing.arrangement.group),
  }));
  const chosen = await ui.pick(choices, t('Group the images by what?'));
  if (!chosen) throw new Cancelled();
  browsing.arrange({ group: chosen.group });
}

export async function sortImages({ browsing, ui }: Context): Promise<void> {
  const choices = sortings.map((one) => ({
    ...one,
    description: describeChoice(one.about, one.sort === browsing.arrangement.sort),
  }));
  const chosen = await ui.pick(choices, t('Sort the images by what?'));
  if (!chosen) throw new Cancelled();
  browsing.arrange({ sort: chosen.sort });
}

export async function showMoreImages(_context: Context, row: unknown): Promise<void> {
  if (typeof row === 'object' && row !== null && 'show' in row) (row as MoreNode).show();
}

function isQuery(text: string): boolean {
  return text.trimStart().startsWith('?');
}

function describeKept({ browsing: { counts } }: Context, text: string): FilterRow {
  if (text.trim() === '') return { label: t('$(list-flat) Show All Images'), does: 'keep' };
  return {
    label: t`$(filter) Show ${formatShare(counts.shown, counts.all)}`,
    description: t`whose name, tag or ID holds “${text.trim()}”`,
    does: 'keep',
  };
}

function listSaved({ browsing }: Context): FilterRow[] {
  return browsing.saved.map(({ name, text }) => ({
    label: `$(bookmark) ${name}`,
    description: text,
    removable: true,
    saved: name,
    does: { text },
  }));
}

const howToAsk: FilterRow = {
  label: t('$(question) Ask the Cloud…'),
  description: t('in the query syntax of its API, such as ?status=active&tag=web&sort=name:asc'),
  does: { text: '?' },
};

function describeChoice(about: string, isPresent: boolean): string {
  return isPresent ? t`${about} · shown now` : about;
}
