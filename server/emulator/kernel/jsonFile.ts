import { readFileSync, statSync } from 'node:fs';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import type { Json } from '../../rules/json.ts';

const largest = 64 * 2 ** 20;

/** Reads a JSON file that a person named. Throws with what is wrong and where, and quotes nothing of the file. */
export function readJsonFile(file: string): Json {
  const stat = statSync(file);
  if (!stat.isFile()) throw new Error('it is no regular file');
  if (stat.size > largest) throw new Error(`it has ${stat.size} bytes, more than ${largest}`);
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column, problem } = locateProblem(text);
    throw new Error(`it is not JSON: ${problem} at line ${line}, column ${column}`);
  }
}

function locateProblem(text: string): { line: number; column: number; problem: string } {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const [first] = errors;
  const before = text.slice(0, first?.offset ?? 0).split('\n');
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    problem: first ? words(printParseErrorCode(first.error)) : 'something is wrong',
  };
}

/** `ValueExpected` as `value expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}
