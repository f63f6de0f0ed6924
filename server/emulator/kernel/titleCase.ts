import { type IncomingMessage, ServerResponse } from 'node:http';

/** Names of headers are written once: users can make as many as they like. */
const remembered = 1000;
const known = new Map<string, string>();

/** `x-object-meta-os-type` → `X-Object-Meta-Os-Type`, as the services write them: some clients compare by letter. */
export function titleCase(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const written = name.toLowerCase().replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
  if (known.size < remembered) known.set(name, written);
  return written;
}

/**
 * An answer whose headers are written in title case, whoever sets them. Node writes a text together with the headers, and
 * so would encode these twice: a text goes as bytes.
 */
export class TitleCasedResponse<
  Received extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Received> {
  override end(...given: unknown[]): this {
    const [chunk, encoding] = given;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8')
        : chunk;
    const after = given.filter((value) => typeof value === 'function');
    return Reflect.apply(super.end, this, [bytes, ...after]);
  }

  override writeHead(status: number, ...more: unknown[]): this {
    const given = more.at(-1);
    for (const name of this.getHeaderNames()) {
      const value = this.getHeader(name);
      this.removeHeader(name);
      if (value !== undefined) this.setHeader(titleCase(name), value);
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return Reflect.apply(super.writeHead, this, [status, ...more]);
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [titleCase(name), value]),
    );
    return Reflect.apply(super.writeHead, this, [status, ...more.slice(0, -1), headers]);
  }
}
