import { type ServiceRefusalId, serviceRefusals } from '../../../rules/serviceRefusals.ts';
import { type Body, escapeHtml, type Failure, htmlBody } from '../../kernel/api.ts';
import { ApiError, statusTexts } from '../../kernel/apiError.ts';

/** What Swift says of a status where it says no more. */
const explanations: Readonly<Record<number, string>> = {
  ...statusTexts,
  403: 'Access was denied to this resource.',
  406: 'The resource is not available in a format acceptable to your browser.',
  409: 'There was a conflict when trying to complete your request.',
  411: 'Content-Length header required.',
  412: 'A precondition for this request was not met.',
  413: 'The body of your request was too large for this server.',
  416: 'The Range requested is not available.',
  422: 'Unable to process the contained instructions',
};

const titles: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  416: 'Requested Range Not Satisfiable',
};

/** What Swift refuses with a text of its own in plain text; the rest it sends bare, as if it were HTML. */
const plainTexts: ReadonlySet<string> = new Set([
  ...['files/metadata', 'files/header', 'files/link', 'files/link-header', 'files/form', 'files/policy'],
  ...['files/listing-query', 'files/versions-location'],
]);

/** The body of a refusal, in Swift's words. */
export function renderRefusal({ status, title, text, rule }: Failure): Body {
  const isFault = rule === 'emulator/fault';
  if (text === explanations[status] || status === 416 || isFault) {
    const explanation = isFault ? escapeHtml(text) : explanations[status];
    return htmlBody(`<h1>${titles[status] ?? title}</h1><p>${explanation}</p>`);
  }
  const isPlain = plainTexts.has(rule) || text.startsWith('Errors:\n');
  return { type: isPlain ? 'text/plain' : 'text/html; charset=UTF-8', text };
}

/** Refuses in the words that Swift has for every refusal of that status. */
export function refuse(id: ServiceRefusalId, headers: Readonly<Record<string, string>> = {}): ApiError {
  return new ApiError(id, explanations[serviceRefusals[id].status] ?? '', { headers });
}

/** What Swift says of a refusal beyond those words. */
export function ownText(refused: ApiError | undefined): string {
  return refused && refused.message !== explanations[refused.status] ? refused.message : '';
}

/** A path that cannot be decoded. */
export function unreadablePath(): ApiError {
  return new ApiError('files/path', 'Invalid UTF8 or contains NULL');
}
