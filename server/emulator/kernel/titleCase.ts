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
 * An answer whose headers are written in title case, whoever sets them. Node writes a text in one piece with the headers,
 * encoded as the text is: where a header is more than ASCII, which the headers of this process hold as bytes already, a text
 * goes as bytes of its own.
 */
export class TitleCasedResponse<
  Received extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Received> {
  #isAscii = false;

  override end(...given: unknown[]): this {
    const [chunk, encoding] = given;
    if (typeof chunk !== 'string' || this.#isAscii) return Reflect.apply(super.end, this, given);
    const bytes = Buffer.from(
      chunk,
      typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8',
    );
    return Reflect.apply(super.end, this, [bytes, ...given.filter((value) => typeof value === 'function')]);
  }

  override writeHead(status: number, ...more: unknown[]): this {
    const given = more.at(-1);
    const set = this.getHeaderNames();
    for (const name of set) {
      const value = this.getHeader(name);
      this.removeHeader(name);
      if (value !== undefined) this.setHeader(titleCase(name), value);
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return Reflect.apply(super.writeHead, this, [status, ...more]);
    const headers = [];
    let isAscii = set.length === 0;
    for (const [name, value] of Object.entries(given)) {
      headers.push(titleCase(name), value);
      isAscii &&= typeof value === 'number' || (typeof value === 'string' && !unprintable.test(value));
    }
    this.#isAscii = isAscii;
    const [reason] = more;
    return typeof reason === 'string'
      ? super.writeHead(status, reason, headers)
      : super.writeHead(status, headers);
  }
}

const unprintable = /[^ -~]/;
