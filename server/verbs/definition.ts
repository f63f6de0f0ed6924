/** What a value of an option or a positional is, for completion. */
export type Completion = 'file' | 'folder' | 'manifest' | 'cloud' | 'emulator' | 'code';

/** An option of a verb, without its name. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** One letter: `-o`. */
  readonly short?: string;
  readonly multiple?: true;
  /** The value where the option is not given. */
  readonly default?: string;
  /** Stands for the value in help and manual: `FILE`. */
  readonly value?: string;
  /** The value may be left out, and is empty then: `--emulator[=WHERE]`. It is taken from the next argument where this says so. */
  readonly takesNext?: (argument: string) => boolean;
  /** All that it takes; anything else is a UsageError. */
  readonly choices?: readonly string[];
  readonly completes?: Completion;
  /** A sentence without a full stop. */
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** A way to call a verb: `cloud-images NAME TAKES   DOES`. */
export interface Form {
  readonly takes: string;
  readonly does?: string;
}

export interface Positional {
  /** In capitals, as in the forms. */
  readonly name: string;
  readonly choices?: readonly string[];
  readonly completes?: Completion;
}

/** A verb of the command line: parsing, help, manual and completion are made of it. */
export interface Verb<Given extends Options = Options> {
  readonly name: string;
  /** A line of the list of all verbs: the first form's arguments in short, and what it does where that form says more. */
  readonly brief: Form;
  readonly forms: readonly [Form, ...Form[]];
  /** Paragraphs. */
  readonly description: readonly string[];
  /** Those beside options; none: the verb takes no such argument. The last one may be repeated. */
  readonly positionals: readonly Positional[];
  readonly options: Given;
  /** Paragraphs behind the options. */
  readonly notes?: readonly string[];
  /** Ends with 2 where what it compares differs. */
  readonly compares?: true;
  /** Whole lines. */
  readonly examples: readonly string[];
}

/** A value as the command line gives it. */
type Value<One extends Option> = One extends { choices: readonly (infer Choice)[] } ? Choice : string;

export type Values<Given extends Options> = {
  readonly [Name in keyof Given]: Given[Name] extends { type: 'boolean' }
    ? boolean
    : Given[Name] extends { multiple: true }
      ? readonly Value<Given[Name]>[]
      : Given[Name] extends { default: string }
        ? Value<Given[Name]>
        : Value<Given[Name]> | undefined;
};

/** What a command line says. */
export interface Arguments<Given extends Options = Options> {
  readonly values: Values<Given>;
  readonly positionals: readonly string[];
}

/** A verb with the types of its options kept. */
export function defineVerb<const Given extends Options>(verb: Verb<Given>): Verb<Given> {
  return verb;
}

/** What a verb does, in a line. */
export function summarize({ brief, forms: [first] }: Verb): string {
  return brief.does ?? first.does ?? '';
}
