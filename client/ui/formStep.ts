import * as vscode from 'vscode';

/** The reason why a text is not accepted; or, as a `note`, what to know of one that is. */
export type Objection = string | { readonly note: string };

/** One question of a form, as the person sees it. */
export interface FormStep {
  readonly title: string;
  readonly prompt: string;
  readonly step: number;
  readonly steps: number;
  readonly canGoBack: boolean;
  readonly value?: string;
  readonly placeHolder?: string;
  readonly password?: boolean;
  readonly choices?: readonly {
    readonly label: string;
    readonly description: string;
    readonly value: string;
  }[];
  readonly validate: (text: string) => Objection | undefined;
}

/** What the person did; nothing where they left the form. */
export type FormAnswer = { readonly text: string } | 'back' | undefined;

export function askStep(step: FormStep): Promise<FormAnswer> {
  return step.choices ? pickStep(step, step.choices) : typeStep(step);
}

function typeStep({ validate, ...step }: FormStep): Promise<FormAnswer> {
  const input = vscode.window.createInputBox();
  input.value = step.value ?? '';
  input.placeholder = step.placeHolder;
  input.password = step.password === true;
  const show = (objection: Objection | undefined): void => {
    const severity = vscode.InputBoxValidationSeverity.Info;
    input.validationMessage =
      typeof objection === 'object' ? { message: objection.note, severity } : (objection ?? '');
  };
  return finish(input, step, (done) => [
    input.onDidChangeValue((text) => show(validate(text))),
    input.onDidAccept(() => {
      const objection = validate(input.value);
      if (typeof objection === 'string') show(objection);
      else done({ text: input.value });
    }),
  ]);
}

function pickStep(step: FormStep, choices: NonNullable<FormStep['choices']>): Promise<FormAnswer> {
  const list = vscode.window.createQuickPick<NonNullable<FormStep['choices']>[number]>();
  list.items = choices;
  list.activeItems = choices.filter(({ value }) => value === step.value);
  return finish(list, step, (done) => [
    list.onDidAccept(() => {
      const [chosen] = list.selectedItems;
      if (chosen) done({ text: chosen.value });
    }),
  ]);
}

/** Shows the question until it is answered. It stays open while the person looks a value up elsewhere. */
function finish(
  input: vscode.InputBox | vscode.QuickPick<NonNullable<FormStep['choices']>[number]>,
  { title, prompt, step, steps, canGoBack }: Omit<FormStep, 'validate'>,
  listen: (done: (answer: FormAnswer) => void) => readonly vscode.Disposable[],
): Promise<FormAnswer> {
  // The prompt proper gives way to an objection.
  input.title = `${title} · ${prompt}`;
  input.step = step;
  input.totalSteps = steps;
  input.ignoreFocusOut = true;
  input.buttons = canGoBack ? [vscode.QuickInputButtons.Back] : [];
  return new Promise((resolve) => {
    const listening = [
      ...listen((answer) => {
        resolve(answer);
        input.dispose();
      }),
      input.onDidTriggerButton(() => {
        resolve('back');
        input.dispose();
      }),
      input.onDidHide(() => {
        resolve(undefined);
        for (const one of listening) one.dispose();
        input.dispose();
      }),
    ];
    input.show();
  });
}
