import type { Body, Failure } from '../../kernel/api.ts';

/** What Swift says of a status where it says no more. */
export const explanations: Readonly<Record<number, string>> = {
  400: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  401: 'This server could not verify that you are authorized to access the document you requested.',
  403: 'Access was denied to this resource.',
  404: 'The resource could not be found.',
  405: 'The method is not allowed for this resource.',
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
  if (text === explanations[status] || status === 416)
    return {
      type: 'text/html; charset=UTF-8',
      text: `<html><h1>${titles[status] ?? title}</h1><p>${explanations[status]}</p></html>`,
    };
  const isPlain = plainTexts.has(rule) || text.startsWith('Errors:\n');
  return { type: isPlain ? 'text/plain' : 'text/html; charset=UTF-8', text };
}
