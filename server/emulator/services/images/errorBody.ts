import { type Body, escapeHtml, type Failure, htmlBody, jsonBody } from '../../kernel/api.ts';

/** As measured on Glance (SOURCES: glance §2): shaped by `Accept`. Cinder answers so in front of its own routes. */
export function renderImageError({
  accept,
  status,
  title,
  text,
}: Pick<Failure, 'accept' | 'status' | 'title' | 'text'>): Body {
  const heading = `${status} ${title}`;
  if (accept?.includes('application/json'))
    return jsonBody({ message: `${text}<br /><br />\n\n\n`, code: heading, title });
  if (accept?.includes('text/html') || accept?.includes('*/*'))
    return htmlBody(
      `\n <head>\n  <title>${heading}</title>\n </head>\n <body>\n  <h1>${heading}</h1>\n  ${escapeHtml(text)}<br /><br />\n\n\n\n </body>\n`,
    );
  return { type: 'text/plain; charset=UTF-8', text: `${heading}\n\n${text}\n\n   ` };
}
