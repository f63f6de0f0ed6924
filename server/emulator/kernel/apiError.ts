import type { Refusal } from '../../rules/service/changes.ts';

/** An answer that refuses a request. It leaves as the error body of the API that was asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly rule: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    text: string,
    more: { rule?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(text);
    this.status = status;
    this.rule = more.rule;
    this.headers = more.headers ?? {};
  }
}

/** A rule's refusal, as an answer. */
export function toApiError({ rule, status, text }: Refusal): ApiError {
  return new ApiError(status, text, { rule });
}
