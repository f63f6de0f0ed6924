import { TextDocument } from 'vscode-languageserver-textdocument';
import { ours, ready, start } from '../bench/editingPeers.ts';
import { texts } from '../bench/editingTexts.ts';
import { freePort } from '../openstack/services/programs.ts';
import { openHeap } from './heap.ts';

/** A language server with one manifest open, in which somebody types. */
export interface Editor {
  readonly name: string;
  /** MiB that its server holds. */
  heap(): Promise<number>;
  /** Rejects when the server ends though nobody has closed it. */
  readonly ended: Promise<never>;
  done(): number;
  text(): string;
  /** Types something, or takes it away, and looks at what the server says. */
  edit(random: () => number): Promise<void>;
  /** The findings of the text as it is, as text. */
  findings(): Promise<string>;
  /** Replaces the text, and answers its findings. */
  findingsOf(text: string): Promise<string>;
  close(): void;
}

const words = [
  'x',
  ' ',
  'com.rackspace__1__options: "1"\n',
  '- a b\n',
  'yes',
  '"',
  '\n',
  'tags: [',
  ']',
  '#',
];
const uri = 'file:///soak/fleet.image.yaml';
/** Characters about which the text stays as long as it is. */
const length = 20_000;

export async function openEditor(): Promise<Editor> {
  const port = await freePort();
  const inspected = [`--inspect=127.0.0.1:${port}`, '--inspect-publish-uid=http'];
  const server = { ...ours, command: () => [...inspected, ...ours.command()] };
  const started = await start(server);
  await ready(started, server);
  const heap = await openHeap(port);
  const { connection, child } = started;
  let document = TextDocument.create(uri, 'yaml', 1, texts['YAML list'].make(500));
  let count = 0;
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) =>
      reject(new Error(`The language server ended with ${code ?? signal}.`)),
    );
  });
  ended.catch(() => undefined); // it also ends when it is closed
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'yaml', version: 1, text: document.getText() },
  });
  const change = async (from: number, to: number, text: string) => {
    const range = { start: document.positionAt(from), end: document.positionAt(to) };
    const version = document.version + 1;
    document = TextDocument.update(document, [{ range, text }], version);
    const contentChanges = [{ range, text }];
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  };
  const ask = (method: string, more: object = {}) =>
    connection.sendRequest(method, { textDocument: { uri }, ...more });
  const findings = async () => {
    const report = (await ask('textDocument/diagnostic')) as { items: { range: unknown; message: string }[] };
    return JSON.stringify(report.items.map(({ range, message }) => [range, message]));
  };
  return {
    name: 'edits',
    heap: heap.measure,
    ended,
    done: () => count,
    text: () => document.getText(),
    async edit(random) {
      const size = document.getText().length;
      const at = Math.floor(random() * size);
      const isLong = size > length;
      const word = words[Math.floor(random() * words.length)] ?? '';
      if (random() < (isLong ? 0.6 : 0.4))
        await change(at, Math.min(at + 1 + Math.floor(random() * 12), size), '');
      else await change(at, at, word);
      const position = document.positionAt(at);
      await ask('textDocument/diagnostic');
      if (random() < 0.3) await ask('textDocument/completion', { position });
      if (random() < 0.3) await ask('textDocument/hover', { position });
      if (random() < 0.1) await ask('textDocument/semanticTokens/full');
      count++;
    },
    findings,
    async findingsOf(text) {
      await change(0, document.getText().length, text);
      return findings();
    },
    close() {
      heap.close();
      connection.dispose();
      child.kill();
    },
  };
}
