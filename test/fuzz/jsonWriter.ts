/** Writes a model as JSON, with all that files of it have: comments, escapes, a byte order mark, any layout. */
import { isMembers, isRaw, type Model } from './fixModels.ts';
import type { Random } from './random.ts';

export interface JsonText {
  readonly text: string;
  readonly lenient: boolean;
}

export function writeJson(model: Model, random: Random): JsonText {
  const lenient = random.once(2);
  const state = {
    random,
    comments: lenient && random.once(2),
    trailing: random.once(lenient ? 3 : 10),
    indent: random.pick(['  ', '    ', '\t', ' ', '']),
    number: 0,
  };
  const before = comment(state, '', '\n');
  let text = `${before}${value(model, '', state)}${comment(state, ' ', '')}${random.once(6) ? '' : '\n'}`;
  if (random.once(6)) text = text.replaceAll('\n', '\r\n');
  if (random.once(8)) text = `\ufeff${text}`;
  return { text, lenient };
}

interface State {
  readonly random: Random;
  readonly comments: boolean;
  readonly trailing: boolean;
  /** Empty: all in one line, but for comments. */
  readonly indent: string;
  number: number;
}

function comment(state: State, before: string, after: string): string {
  const { random, comments } = state;
  if (!comments || !random.once(4)) return '';
  const number = state.number++;
  if (random.once(2)) return `${before}/* c${number} */${after}`;
  return state.indent === '' ? '' : `${before}// c${number}${after === '' ? '' : after}`;
}

function value(model: Model, pad: string, state: State): string {
  const { random, indent } = state;
  if (isRaw(model)) {
    const spelled = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e\d+)?$|^true$|^false$/.test(model.raw)
      ? model.raw
      : JSON.stringify(model.raw);
    return random.once(10) && /^\d$/.test(spelled) ? `${spelled}.0` : spelled;
  }
  if (typeof model === 'string') return text(model, random);
  const deeper = pad + indent;
  const entries = isMembers(model)
    ? model.pairs.map(
        ([key, held]) =>
          `${text(key, random)}${random.once(8) ? ' ' : ''}:${random.once(8) ? '' : ' '}${value(held, deeper, state)}`,
      )
    : model.map((item) => value(item, deeper, state));
  const [open, close] = isMembers(model) ? ['{', '}'] : ['[', ']'];
  if (entries.length === 0) return open + close;
  const oneLine = indent === '' || random.once(3);
  const last = state.trailing && random.once(2) ? ',' : '';
  if (oneLine) {
    const space = random.once(2) ? ' ' : '';
    return `${open}${space}${entries.join(random.once(4) ? ' , ' : ', ')}${last}${space}${close}`;
  }
  const lines = entries.map((one, at) => {
    const above = comment(state, deeper, '\n');
    return `${above}${deeper}${one}${at < entries.length - 1 ? ',' : last}${comment(state, ' ', '')}\n`;
  });
  return `${open}${comment(state, ' ', '')}\n${lines.join('')}${pad}${close}`;
}

function text(own: string, random: Random): string {
  const whole = JSON.stringify(own);
  if (!random.once(4)) return whole;
  return whole
    .replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/ /, random.pick([' ', '\\u0020']))
    .replace(/\//, random.pick(['/', '\\/', '\\u002F']));
}
