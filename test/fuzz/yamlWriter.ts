/** Writes a model as YAML in styles taken at random: all that a person, or a program, may have written. */
import { isList, isMembers, isRaw, type Members, type Model } from './fixModels.ts';
import type { Random } from './random.ts';

interface State {
  readonly random: Random;
  /** How often it is odd: 0 writes as most people do. */
  readonly oddness: number;
  readonly tabs: boolean;
  comments: number;
  /** Names of anchors, by what they mark. */
  readonly anchors: { readonly name: string; readonly of: Model }[];
}

export function writeYaml(models: readonly Model[], random: Random): string {
  const state: State = { random, oddness: random.below(4), tabs: random.once(12), comments: 0, anchors: [] };
  const several = models.length > 1;
  let text = '';
  for (const [at, model] of models.entries()) {
    state.anchors.length = 0;
    const directive = once(state, 8) && (at === 0 || text.endsWith('...\n'));
    if (directive)
      text += random.pick([
        '%YAML 1.2\n',
        '%TAG !e! tag:example.com,2026:\n',
        '%YAML 1.1\n',
        '%YAML 1.2\n%TAG ! !x\n',
      ]);
    if (directive || at > 0 || once(state, 4)) text += `---${maybeComment(state)}\n`;
    text += line(state, 0);
    text += isMembers(model) || isList(model) ? rootOf(model, state) : `${inline(model, 0, state)}\n`;
    if (once(state, 10) && (at < models.length - 1 || !several)) text += '...\n';
  }
  if (once(state, 12)) text = text.trimEnd();
  if (random.once(6)) text = text.replaceAll('\n', '\r\n');
  return random.once(8) ? `\ufeff${text}` : text;
}

function once({ random, oddness }: State, cases: number): boolean {
  return oddness > 0 && random.once(Math.ceil((cases * 2) / oddness));
}

function maybeComment(state: State, cases = 5): string {
  return once(state, cases) ? ` # c${state.comments++}` : '';
}

/** A line of its own, now and then: a comment, or nothing. */
function line(state: State, indent: number): string {
  if (!once(state, 6)) return '';
  return state.random.once(4)
    ? '\n'
    : `${' '.repeat(state.random.once(3) ? 0 : indent)}# c${state.comments++}\n`;
}

function rootOf(model: Members | readonly Model[], state: State): string {
  if (once(state, 6)) return `${flow(model, 0, state)}${maybeComment(state)}\n`;
  return isMembers(model) ? block(model, 0, state) : list(model, 0, state);
}

/** A mapping whose keys stand at a column; the first line's indentation is for the caller where `first` is empty. */
function block({ pairs }: Members, column: number, state: State, first = ' '.repeat(column)): string {
  if (pairs.length === 0) return `${first}{}\n`;
  let text = '';
  const merged = state.anchors.find(
    ({ of }) => isMembers(of) && !JSON.stringify(of).includes(JSON.stringify(pairs)),
  );
  if (merged && once(state, 2)) {
    text += `${first}<<: *${merged.name}\n`;
    first = ' '.repeat(column);
  }
  for (const [at, [key, value]] of pairs.entries()) {
    const pad = at === 0 ? first : `${line(state, column)}${' '.repeat(column)}`;
    const anchored = once(state, 25) ? `&k${state.comments++} ` : '';
    if (once(state, 10)) {
      text += `${pad}? ${anchored}${once(state, 4) ? blockScalar(key, column, state) : `${word(key, state)}${maybeComment(state)}\n`}`;
      text += `${' '.repeat(column)}:${behindColon(value, column, state)}`;
    } else text += `${pad}${anchored}${word(key, state)}:${behindColon(value, column, state)}`;
  }
  return text;
}

function list(items: readonly Model[], column: number, state: State, first = ' '.repeat(column)): string {
  if (items.length === 0) return `${first}[]\n`;
  let text = '';
  for (const [at, item] of items.entries()) {
    const pad = at === 0 ? first : `${line(state, column)}${' '.repeat(column)}`;
    const gap = ' '.repeat(once(state, 8) ? 1 + state.random.below(4) : 1);
    const inner = column + 1 + gap.length;
    const compact = (isMembers(item) && item.pairs.length > 0) || (isList(item) && item.length > 0);
    text +=
      compact && !once(state, 6)
        ? `${pad}-${gap}${isMembers(item) ? block(item, inner, state, '') : list(item, inner, state, '')}`
        : `${pad}-${behindColon(item, column, state)}`;
  }
  return text;
}

/** What stands behind `key:` or a dash at this column, to the end of its lines. */
function behindColon(value: Model, column: number, state: State): string {
  const { random, anchors } = state;
  const known = anchors.find(({ of }) => JSON.stringify(of) === JSON.stringify(value));
  if (known && once(state, 2)) return ` *${known.name}${maybeComment(state)}\n`;
  const gap = state.tabs && random.once(2) ? '\t' : ' '.repeat(once(state, 8) ? 2 : 1);
  let marks = '';
  if (once(state, isList(value) ? 3 : isMembers(value) ? 4 : 8)) {
    const name = `a${anchors.length}`;
    anchors.push({ name, of: value });
    marks = `${gap}&${name}`;
  }
  const deeper = column + (once(state, 4) ? 1 + random.below(8) : 2);
  if (isMembers(value) || isList(value)) {
    if (once(state, 12)) marks += ` !!${isMembers(value) ? 'map' : 'seq'}`;
    const size = isMembers(value) ? value.pairs.length : value.length;
    if (size === 0 || random.once(3))
      return `${marks}${gap}${flow(value, column + 1, state)}${maybeComment(state)}\n`;
    const body = isMembers(value) ? block(value, deeper, state) : list(value, deeper, state);
    return `${marks}${maybeComment(state)}\n${line(state, deeper)}${body}`;
  }
  if (!isRaw(value) && once(state, 12)) marks += ' !!str';
  if (isRaw(value) && once(state, 6)) marks += /^-?\d+$/.test(value.raw) ? ' !!int' : '';
  const text = isRaw(value) ? value.raw : value;
  if (!isRaw(value) && once(state, 3) && isPrintable(text))
    return `${marks} ${blockScalar(text, column, state)}`;
  const own = inline(value, deeper, state);
  if (once(state, 10))
    return `${marks}${maybeComment(state)}\n${line(state, deeper)}${' '.repeat(deeper)}${own}${maybeComment(state)}\n`;
  return `${marks}${gap}${own}${maybeComment(state)}\n`;
}

function blockScalar(text: string, column: number, state: State): string {
  const { random } = state;
  const step = 1 + random.below(4);
  const indicator = /^\s/.test(text) || random.once(4) ? String(step) : '';
  const chomping = random.pick(['', '-', '+']);
  const order = random.once(2) ? indicator + chomping : chomping + indicator;
  const body = random.once(3) && text.includes(' ') ? text.split(' ') : [text];
  const lines = body.map((one) => `${' '.repeat(column + step)}${one}\n`).join('');
  const blank = random.once(4) ? '\n'.repeat(1 + random.below(2)) : '';
  return `${random.pick(['|', '>'])}${order}${maybeComment(state)}\n${lines}${blank}`;
}

/** A scalar, of several lines now and then, whose further lines stand at this column. */
function inline(model: Model, column: number, state: State): string {
  if (isRaw(model)) return model.raw;
  if (typeof model !== 'string') return flow(model, column, state);
  const folds = model.includes(' ') && once(state, 8);
  const own = word(model, state);
  // A break and what it is indented by are read as one space; in double quotes an escaped break is none.
  const pad = `${once(state, 6) ? ' ' : ''}\n${' '.repeat(column)}`;
  if (own.startsWith('"') && own.length > 6 && once(state, 12))
    return own.replace(/^("[a-z]{1,3})/, `$1\\\n${' '.repeat(column)}`);
  return folds ? own.replace(/(?<=\w) (?=\w)/, pad) : own;
}

/** A scalar of one line, in any of the flow styles that can hold it. */
function word(text: string, state: State): string {
  const { random } = state;
  const plain =
    /^[\p{L}\p{So}/][\p{L}\p{So}\w /.&_\u200b\u00a0]*$/u.test(text) &&
    !/[\s]$/.test(text) &&
    !isAmbiguous(text);
  const style = random.below(4);
  if (plain && (state.oddness === 0 || style < 2)) return text;
  if (style === 2 && isPrintable(text)) return `'${text.replaceAll("'", "''")}'`;
  const escaped = JSON.stringify(text);
  if (!once(state, 3)) return escaped;
  return escaped
    .replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/ /, random.pick([' ', '\\x20', '\\u0020', '\\ ']))
    .replace(/\//, random.pick(['/', '\\/', '\\x2f']))
    .replace(/\\u00a0/, random.pick(['\\_', '\\xa0']));
}

function isAmbiguous(text: string): boolean {
  return /^(?:yes|no|on|off|y|n|true|false|null|~)$/i.test(text) || /^[-+.\d]/.test(text);
}

function isPrintable(text: string): boolean {
  return text !== '' && !/[\t\n]/.test(text);
}

function flow(model: Model, column: number, state: State): string {
  if (isRaw(model)) return model.raw;
  if (typeof model === 'string')
    return word(/[,[\]{}]/.test(model) ? model.replace(/[,[\]{}]/g, ' ') : model, state);
  const { random } = state;
  const several = once(state, 4);
  const pad = () =>
    `${maybeComment(state, 3)}\n${line(state, column)}${' '.repeat(column + 1 + (once(state, 5) ? random.below(5) : 1))}`;
  const entries = isMembers(model)
    ? model.pairs.map(([key, value]) => {
        const own = `${word(key, state)}: ${flow(value, column + 1, state)}`;
        return once(state, 15) ? `? ${own}` : own;
      })
    : model.map((item) => flow(item, column + 1, state));
  const [open, close] = isMembers(model) ? ['{', '}'] : ['[', ']'];
  if (entries.length === 0) return open + close;
  const trailing = once(state, 8) ? ',' : '';
  if (several)
    return `${open}${entries.map((one, at) => `${pad()}${one}${at < entries.length - 1 ? ',' : trailing}`).join('')}${maybeComment(state, 3)}\n${' '.repeat(column + 1)}${close}`;
  const space = random.once(2) ? ' ' : '';
  return `${open}${space}${entries.join(random.once(5) ? ' , ' : ', ')}${trailing}${space}${close}`;
}
