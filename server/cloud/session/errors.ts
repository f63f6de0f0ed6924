/** A request that a cloud refused, or that did not reach it. `message` and `text` are the cloud's own words. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly text: string;
  readonly method: string;
  readonly url: string;
  /** For the cloud's support: `req-UUID`. */
  readonly requestId?: string;
  /** The rule that refused; only the emulator says it. */
  readonly rule?: string;
  /** Milliseconds that the cloud asks to wait before the next request. */
  readonly retryAfter?: number;

  constructor(
    request: { method: string; url: string },
    answer: {
      status: number;
      text: string;
      requestId?: string | undefined;
      rule?: string | undefined;
      retryAfter?: number | undefined;
    },
    cause?: unknown,
  ) {
    super(answer.text, cause === undefined ? undefined : { cause });
    this.status = answer.status;
    this.text = answer.text;
    this.method = request.method;
    this.url = request.url;
    if (answer.requestId) this.requestId = answer.requestId;
    if (answer.rule) this.rule = answer.rule;
    if (answer.retryAfter !== undefined) this.retryAfter = answer.retryAfter;
  }
}

/** Nothing was asked: the cloud's catalogue has no such service in the region. */
export class NotOffered extends CloudError {
  constructor(text: string) {
    super({ method: '', url: '' }, { status: 0, text });
  }
}

/** Answers undefined where the cloud has no such thing (404). */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) return undefined;
    throw error;
  }
}

export function unreachable(request: { method: string; url: string }, error: unknown): CloudError {
  const { host } = new URL(request.url);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error && cause.message ? cause.message : String(cause);
  return new CloudError(request, { status: 0, text: `No answer from ${host}: ${why}` }, error);
}
