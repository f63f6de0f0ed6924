/** Answers of a question about a file that a document names, shared for a moment: keys come faster than files change. */
export interface Recent<Answer> {
  ask(uri: string, file: string): Promise<Answer>;
  forget(): void;
}

/** Milliseconds for which answers count. */
const moment = 500;

export function shareRecent<Answer>(
  question: (uri: string, file: string) => Promise<Answer>,
  now: () => number = () => performance.now(),
): Recent<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  let began = now();
  return {
    ask: (uri, file) => {
      if (now() - began >= moment) answers.clear();
      if (answers.size === 0) began = now();
      const key = `${uri}\n${file}`;
      const known = answers.get(key) ?? question(uri, file);
      answers.set(key, known);
      return known;
    },
    forget: () => answers.clear(),
  };
}
