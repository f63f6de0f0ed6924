/** Compares what the editor says of a file with what the emulator answers when it is run. */
import { isObject, type Json } from '../../../server/rules/json.ts';
import type { Found } from './editor.ts';
import type { Case, Document } from './forms.ts';
import type { Answer, Run } from './run.ts';
import type { Place, WrittenFile } from './write.ts';

/**
 * `misread`: our reader makes other data of the text than was written. `missed`: the cloud refuses what the editor takes. `surplus`: the editor has an error that the cloud would not give.
 * `reason`, `words`, `place`, `order`: both refuse, and the editor names another rule, leaves the cloud's words out, marks
 * another line, or puts another finding before it at that place. `silent`: it cannot be run, and the editor says nothing.
 */
export type Disagreement =
  | 'misread'
  | 'missed'
  | 'surplus'
  | 'reason'
  | 'words'
  | 'place'
  | 'order'
  | 'silent';

/** `unchecked`: the editor said that it does not know. `not asked`: the run says itself why the cloud was not asked. */
export type Outcome = 'accepted' | 'refused' | 'unchecked' | 'not asked' | 'unreadable';

export interface Comparison {
  readonly document: number;
  readonly outcome: Outcome;
  readonly disagreement?: Disagreement;
  /** What both say. */
  readonly said?: string;
}

export function compare(one: Case, written: WrittenFile, findings: readonly Found[], run: Run): Comparison[] {
  if ('unreadable' in run) {
    const errors = findings.filter(({ severity }) => severity === 1);
    const place = one.documents.findIndex(({ twice }) => twice !== undefined);
    const doubled = written.places.get(`${place}${one.documents[place]?.twice ?? ''} again`);
    if (errors.length === 0)
      return [{ document: 0, outcome: 'unreadable', disagreement: 'silent', said: run.unreadable }];
    const isThere = !doubled || errors.some(({ start }) => isWithin(start, doubled));
    return [
      {
        document: 0,
        outcome: 'unreadable',
        ...(isThere ? {} : { disagreement: 'place', said: tell(errors) }),
      },
    ];
  }
  const unchecked = new Set(
    one.documents.flatMap((_, index) => {
      const place = written.places.get(String(index));
      const isSaid = findings.some(
        ({ rule, start }) => rule === 'image/unchecked' && place && isWithin(start, place),
      );
      return isSaid ? [index] : [];
    }),
  );
  return one.documents.map((document, index) => {
    const place = written.places.get(String(index)) ?? { start: 0, end: 0 };
    const next = written.places.get(String(index + 1))?.start ?? Number.POSITIVE_INFINITY;
    const own = findings.filter(({ start }) => start >= place.start && start < next);
    const answers = run.answers.filter((answer) => answer.document === index);
    const isBehind = run.answers.some((answer) => answer.document < index && !isDone(answer));
    // Said once: what stands behind a document of which it was said, and which was refused, begins from another image.
    const isOpen = run.answers.some(
      (answer) => answer.document < index && answer.refused && unchecked.has(answer.document),
    );
    return {
      document: index,
      ...compareDocument({ document, index, isBehind, isOpen }, own, answers, written),
    };
  });
}

/** What stands behind something that was not done may have no image. */
interface Placed {
  readonly document: Document;
  readonly index: number;
  readonly isBehind: boolean;
  readonly isOpen: boolean;
}

function isDone({ refused, notAsked }: Answer): boolean {
  return refused === undefined && notAsked === undefined;
}

function compareDocument(
  { document, index, isBehind, isOpen }: Placed,
  findings: readonly Found[],
  answers: readonly Answer[],
  { places }: WrittenFile,
): Omit<Comparison, 'document'> {
  const errors = findings.filter(({ severity }) => severity === 1);
  const isUnchecked = findings.some(
    ({ message, rule }) => message.startsWith('Not checked') || rule.endsWith('/unchecked'),
  );
  const isLikely = findings.some(({ message, severity }) => severity === 2 && message.startsWith('By '));
  const refusals = answers.filter((answer) => answer.refused);
  const notAsked = answers.find((answer) => answer.notAsked !== undefined)?.notAsked;
  const said = `editor: ${tell(errors) || 'accepts'}; emulator: ${refusals.map(({ refused }) => `${refused?.status} ${refused?.rule ?? ''} ${refused?.text}`).join(' | ') || (notAsked ?? 'accepts')}`;
  if (refusals.length === 0) {
    if (notAsked !== undefined) {
      return errors.length > 0 || isUnchecked || isBehind || answers.some(({ isAskedAbout }) => isAskedAbout)
        ? { outcome: 'not asked' }
        : { outcome: 'not asked', disagreement: 'silent', said };
    }
    return errors.length > 0
      ? { outcome: 'accepted', disagreement: 'surplus', said }
      : { outcome: 'accepted' };
  }
  if (errors.length === 0)
    return isUnchecked || isLikely || isOpen
      ? { outcome: 'unchecked' }
      : { outcome: 'refused', disagreement: 'missed', said };
  for (const answer of refusals) {
    const disagreement = compareRefusal(answer, document, index, errors, places);
    // It said that it does not know something, which may be what the cloud names.
    if (isUnchecked && (disagreement === 'reason' || disagreement === 'words'))
      return { outcome: 'unchecked' };
    if (disagreement) return { outcome: 'refused', disagreement, said };
  }
  const causes = errors.filter(({ rule }) => !isOfAll(rule));
  if (causes.length > 1 && listItems(document, index).length === 1 && !isList(document))
    return { outcome: 'refused', disagreement: 'surplus', said };
  // That an item is about the same image as another is no cause of its refusal.
  const ownCauses = causes.filter(({ rule }) => rule !== 'image/item');
  const parts = singleParts(document, index).flatMap((pointer) => places.get(pointer) ?? []);
  return parts.some((part) => ownCauses.filter(({ start }) => isWithin(start, part)).length > 1)
    ? { outcome: 'refused', disagreement: 'surplus', said }
    : { outcome: 'refused' };
}

function compareRefusal(
  { refused, step }: Answer,
  document: Document,
  index: number,
  errors: readonly Found[],
  places: ReadonlyMap<string, Place>,
): Disagreement | undefined {
  if (!refused) return undefined;
  const text = oneLine(refused.text);
  const { rule } = refused;
  const ofRule = rule === undefined ? errors : errors.filter((error) => error.rule === rule);
  if (ofRule.length === 0) return 'reason';
  const told = ofRule.filter(({ message }) => oneLine(message).includes(text));
  if (told.length === 0) return 'words';
  if (told.some(isOfMissing)) return undefined; // it stands nowhere
  const items = listItems(document, index, step).flatMap((pointer) => places.get(pointer) ?? []);
  const at = told.filter(({ start }) => items.some((item) => isWithin(start, item)));
  // What no item is to blame for, such as a quota or a role, is told at the beginning of the document or of its image.
  if (at.length === 0) return items.length === 0 || isOfAll(rule) ? undefined : 'place';
  const isFirst = at.some(({ start: place }) => {
    const around = items.filter((one) => isWithin(place, one));
    const item = around.reduce((inner, one) => (one.end - one.start < inner.end - inner.start ? one : inner));
    return !errors.some(
      (error) =>
        isWithin(error.start, item) &&
        error.start < place &&
        error.rule !== rule &&
        !isOfAll(error.rule) &&
        !isOfMissing(error),
    );
  });
  return isFirst ? undefined : 'order';
}

function isOfAll(rule: string | undefined): boolean {
  return /^role\/|\/owner$|property\/count$|image\/visible|share\/(public|visibility)/.test(rule ?? '');
}

/** Of the text of an opened image: what it lacks is told at its beginning. */
function isOfMissing({ message }: Found): boolean {
  return message.includes(' is missing: to save it so');
}

/** The parts of a document that can be to blame, as keys of places: of a list, those of the image of that step. */
function listItems({ kind, data }: Document, index: number, step = 0): string[] {
  const under = (value: Json | undefined, pointer: string): string[] =>
    isObject(value)
      ? Object.keys(value).map((name) => `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      : [];
  const own = String(index);
  if (kind === 'patch') return Array.isArray(data) ? data.map((_, at) => `${own}/${at}`) : [];
  if (kind !== 'image')
    return isObject(data) ? [...under(data, own), ...under(data['input'], `${own}/input`)] : [];
  if (Array.isArray(data)) return under(data[step], `${own}/${step}`);
  const images = isObject(data) ? data['images'] : undefined;
  return Array.isArray(images)
    ? under(images[step], `${own}/images/${step}`)
    : under(data, own).filter((key) => !key.endsWith('/id'));
}

/** Parts that can be wrong in one way only: an operation, and an image of a list of which one thing is said. */
function singleParts({ kind, data }: Document, index: number): string[] {
  const wrapped = isObject(data) && Array.isArray(data['images']);
  const items = wrapped ? data['images'] : data;
  if (!Array.isArray(items)) return [];
  const isSingle = (item: Json): boolean => {
    if (!isObject(item) || Object.values(item).some((value) => Array.isArray(value) || isObject(value)))
      return false;
    return kind === 'patch' || Object.keys(item).filter((name) => name !== 'id').length === 1;
  };
  return items.flatMap((item, at) => (isSingle(item) ? [`${index}${wrapped ? '/images' : ''}/${at}`] : []));
}

/** Each item of a list can be wrong by itself. */
function isList({ kind, data }: Document): boolean {
  const holdsList = (value: Json): boolean =>
    isObject(value) && Object.values(value).some((item) => Array.isArray(item));
  if (Array.isArray(data)) return kind === 'image' || data.some(holdsList);
  return holdsList(data);
}

function isWithin(start: number, place: Place): boolean {
  return start >= place.start && start < Math.max(place.end, place.start + 1);
}

function tell(errors: readonly Found[]): string {
  return errors.map(({ rule, message }) => `${rule}: ${oneLine(message)}`).join(' | ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
