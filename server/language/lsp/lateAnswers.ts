/** Questions to the client whose answers may come late. */
export interface Questions {
  /** The answer; undefined while it is not there, or when asking failed. A late one is told by `changed`. */
  ask<T>(key: string, request: () => Promise<T>): Promise<T | undefined>;
  /** Discards what was answered; answers on their way no longer count. */
  forget(): void;
}

/** Milliseconds that an answer is waited for before diagnostics go without it: a client that knows it answers at once. */
const patience = 100;

interface Question {
  readonly answer: Promise<unknown>;
  late: boolean;
  done: boolean;
  failed: boolean;
}

/**
 * `waits`: whether answers are waited for however late, since the client cannot be told to ask for diagnostics again.
 * `changed` is called for each answer that came too late for someone.
 */
export function openQuestions(
  waits: () => boolean,
  changed: () => void,
  warn: (message: string) => void,
): Questions {
  let questions = new Map<string, Question>();
  let overdue = 0;

  function start(key: string, request: () => Promise<unknown>): Question {
    const own = questions;
    const question: Question = {
      answer: request().catch((error: unknown) => {
        warn(`The client did not answer: ${String(error)}`);
        own.delete(key); // so that who comes next asks again
        question.failed = true;
      }),
      late: false,
      done: false,
      failed: false,
    };
    void question.answer.then(() => {
      question.done = true;
      if (!question.late) return;
      overdue--;
      if (own === questions && !question.failed) changed();
    });
    return question;
  }

  return {
    async ask<T>(key: string, request: () => Promise<T>) {
      const question = questions.get(key) ?? start(key, request);
      questions.set(key, question);
      if (question.done || waits()) return (await question.answer) as T | undefined;
      // While one answer is overdue none is waited for: a client that is slow is so for all of a workspace.
      if (overdue === 0) await waitBriefly(question.answer);
      if (question.done) return (await question.answer) as T | undefined;
      if (!question.late) overdue++;
      question.late = true;
      return undefined;
    },
    forget() {
      questions = new Map();
    },
  };
}

async function waitBriefly(answer: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  await Promise.race([answer, over]);
  clearTimeout(timer);
}
