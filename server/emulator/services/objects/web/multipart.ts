/** A part of a form, in the order in which they come. Its body must be read before the next one comes. */
export interface FormPart {
  /** By name, in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncGenerator<Buffer>;
}

/** The body does not begin with its boundary, or ends without one. */
export class NoForm extends Error {}

const mostHeaderBytes = 65_536;

/** Reads a `multipart/form-data` body part by part, holding no more than a chunk of it. Throws NoForm. */
export async function* readForm(bytes: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<FormPart> {
  const reader = createReader(bytes);
  const first = Buffer.from(`--${boundary}`, 'latin1');
  const between = Buffer.from(`\r\n--${boundary}`, 'latin1');
  await reader.need(first.length + 2);
  while (reader.held().subarray(0, 2).toString('latin1') === '\r\n') {
    reader.take(2);
    await reader.need(first.length + 2);
  }
  if (!reader.held().subarray(0, first.length).equals(first)) throw new NoForm();
  reader.take(first.length);
  for (;;) {
    await reader.need(2);
    if (reader.held().subarray(0, 2).toString('latin1') !== '\r\n') return; // `--`: the last one
    reader.take(2);
    const headers = await readHeaders(reader);
    const body = readUntil(reader, between);
    yield { headers, body };
    for await (const _ of body); // what nobody read
  }
}

interface Reader {
  held(): Buffer;
  take(count: number): Buffer;
  /** Reads on until so many bytes are there; answers whether they are. */
  need(count: number): Promise<boolean>;
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  return {
    held: () => held,
    take: (count) => {
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    need: async (count) => {
      while (held.length < count) {
        const next = await chunks.next();
        if (next.done) return false;
        held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
      }
      return true;
    },
  };
}

async function readHeaders(reader: Reader): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (;;) {
    let at = reader.held().indexOf('\n');
    while (at === -1) {
      const { length } = reader.held();
      if (length > mostHeaderBytes || !(await reader.need(length + 1))) throw new NoForm();
      at = reader.held().indexOf('\n');
    }
    const line = reader
      .take(at + 1)
      .toString()
      .trimEnd();
    if (line === '') return headers;
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
}

/** The bytes before a mark, which is taken as well. */
async function* readUntil(reader: Reader, mark: Buffer): AsyncGenerator<Buffer> {
  for (;;) {
    const at = reader.held().indexOf(mark);
    if (at !== -1) {
      if (at > 0) yield reader.take(at);
      reader.take(mark.length);
      return;
    }
    const safe = reader.held().length - mark.length + 1;
    if (safe > 0) yield reader.take(safe);
    if (!(await reader.need(reader.held().length + 1))) throw new NoForm();
  }
}

/** `form-data; name="x"; filename="y"` → its first word and what follows. */
export function parseDisposition(header: string): {
  readonly word: string;
  readonly values: ReadonlyMap<string, string>;
} {
  const values = new Map<string, string>();
  const [word = ''] = header.split(';', 1);
  for (const [, name = '', quoted, bare = ''] of header.matchAll(
    /;\s*([\w-]+)=(?:"((?:\\.|[^"\\])*)"|([^;]*))/g,
  ))
    values.set(name.toLowerCase(), quoted === undefined ? bare.trim() : quoted.replace(/\\(.)/g, '$1'));
  return { word: word.trim().toLowerCase(), values };
}
