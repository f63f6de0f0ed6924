import { asText, isObject, type Json, pointerTo, valueAt } from './json.ts';
import { nearest } from './nearest.ts';
import { type Fix, type Observation, quoteFix } from './rule.ts';

/** How a value of another type becomes what is wanted, where what it means is plain. */
export function typeFixes(pointer: string, value: Json, wanted: readonly string[]): Fix[] {
  if (wanted.includes('string'))
    return typeof value === 'number' || typeof value === 'boolean' ? [quoteFix(pointer)] : [];
  if (wanted.includes('integer')) return numberFixes(pointer, value);
  if (wanted.includes('boolean')) return truthFixes(pointer, value);
  return wanted.includes('array') ? listFixes(pointer, value) : [];
}

/** The word of a table that is nearest to a value; else each of them, where they are few. */
export function choiceFixes(pointer: string, value: Json, choices: readonly string[]): Fix[] {
  const near = typeof value === 'string' ? nearest(value, choices) : undefined;
  const offered = near === undefined ? (choices.length > 4 ? [] : choices) : [near];
  return offered.map((choice) => ({
    title: `Change to '${choice}'`,
    edits: [{ do: 'set', pointer, value: choice }],
  }));
}

/** Gives a misspelt key its name. */
export function renameFix(pointer: string, name: string): Fix {
  return { title: `Rename to '${name}'`, edits: [{ do: 'rename', pointer, name }] };
}

/**
 * Says that a key is missing from an object: at the key that is a misspelling of it, where there is one, else at the key
 * that the object stands under.
 */
export function explainMissing(
  data: Json,
  pointer: string,
  name: string,
  message: string,
): Pick<Observation, 'pointer' | 'onKey' | 'message' | 'fixes'> {
  const object = valueAt(data, pointer);
  const misspelt = isObject(object) ? nearest(name, Object.keys(object)) : undefined;
  if (misspelt === undefined) return { pointer, onKey: true, message };
  const place = pointer + pointerTo(misspelt);
  return {
    pointer: place,
    onKey: true,
    message: `${message}${message.endsWith('.') ? '' : '.'} Did you mean it by '${misspelt}'?`,
    fixes: [renameFix(place, name)],
  };
}

function numberFixes(pointer: string, value: Json): Fix[] {
  if (typeof value !== 'string' || !/^\s*\d[\d_]*\s*$/.test(value)) return [];
  const number = Number(value.replaceAll('_', ''));
  if (!Number.isSafeInteger(number)) return [];
  const safe = /^(?:0|[1-9]\d*)$/.test(value);
  return [{ title: `Write the number ${number}`, edits: [{ do: 'set', pointer, value: number }], safe }];
}

function truthFixes(pointer: string, value: Json): Fix[] {
  const word = asText(value).trim();
  const truth =
    /^(?:true|yes|on|y|1)$/i.test(word) || (/^(?:false|no|off|n|0)$/i.test(word) ? false : undefined);
  if (truth === undefined) return [];
  const safe = typeof value === 'string' && /[a-z]{2}/i.test(word);
  return [{ title: `Write ${truth}`, edits: [{ do: 'set', pointer, value: truth }], safe }];
}

/** `production` → `[production]`, and `a, b` → `[a, b]`. */
function listFixes(pointer: string, value: Json): Fix[] {
  if (typeof value !== 'string') return [];
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items.length === 0
    ? []
    : [
        {
          title: 'Write it as a list',
          edits: [{ do: 'set', pointer, value: items }],
          safe: items.length === 1,
        },
      ];
}
