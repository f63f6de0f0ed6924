import type { Objection } from './formStep.ts';
import type { Ui } from './ui.ts';

/** A question of a form. */
export interface Field<Key extends string> {
  readonly key: Key;
  readonly title: string;
  readonly placeHolder?: string;
  /** Nobody sees what is typed. */
  readonly password?: boolean;
  /** The initial text, by what was answered before. */
  readonly value?: (answers: Answers<Key>) => string | undefined;
  /** The answers to choose from; without, any text that `validate` takes. */
  readonly choices?: readonly {
    readonly label: string;
    readonly description: string;
    readonly value: string;
  }[];
  readonly validate?: (text: string, answers: Answers<Key>) => Objection | undefined;
  /** Asked only where this holds. */
  readonly when?: (answers: Answers<Key>) => boolean;
}

export type Answers<Key extends string> = Readonly<Partial<Record<Key, string>>>;

/** Asks one question after the other; *Back* leads to the one before, with its answer. Returns nothing where the person leaves. */
export async function fillForm<Key extends string>(
  ui: Pick<Ui, 'step'>,
  title: string,
  fields: readonly Field<Key>[],
  initial: Answers<Key>,
): Promise<Answers<Key> | undefined> {
  let answers = initial;
  const asked: Field<Key>[] = [];
  for (let at = 0; at < fields.length; ) {
    const field = fields[at];
    if (!field || field.when?.(answers) === false) {
      at++;
      continue;
    }
    const { key, choices, placeHolder, password } = field;
    const value = answers[key] ?? field.value?.(answers);
    const answer = await ui.step({
      title,
      prompt: field.title,
      canGoBack: asked.length > 0,
      step: asked.length + 1,
      steps: countSteps(fields, answers),
      validate: (text) => field.validate?.(text, answers),
      ...(choices ? { choices } : {}),
      ...(placeHolder === undefined ? {} : { placeHolder }),
      ...(password ? { password } : {}),
      ...(value === undefined ? {} : { value }),
    });
    if (answer === undefined) return undefined;
    if (answer === 'back') {
      const before = asked.pop();
      at = before ? fields.indexOf(before) : at;
      continue;
    }
    answers = { ...answers, [key]: answer.text };
    asked.push(field);
    at++;
  }
  return answers;
}

function countSteps<Key extends string>(fields: readonly Field<Key>[], answers: Answers<Key>): number {
  return fields.filter(({ when }) => when?.(answers) !== false).length;
}
