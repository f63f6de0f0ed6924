import * as vscode from 'vscode';
import type { Cloud } from '../../server/cloud/cloud.ts';
import { makeCall } from '../../server/cloud/run/call.ts';
import { tagCalls } from '../../server/cloud/run/imagePlan.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { decodeText } from '../../server/manifests/encoding.ts';
import { allows } from '../../server/rules/profile/roles.ts';
import { classOf } from '../../server/rules/service/attributes.ts';
import { diff, merge } from '../../server/rules/service/differences.ts';
import type { Operation } from '../../server/rules/service/patchBody.ts';
import type { Context } from '../context.ts';
import { describe } from '../ui/errors.ts';
import { imageIn, placeOfProperty, refusedNames, textOf } from './imageText.ts';
import { imageOfUri, imageScheme } from './imageUri.ts';

type Needs = Pick<Context, 'source' | 'images' | 'log' | 'ui'>;

/** What this window knows of one document. */
interface Opened {
  /** Texts that were handed out, with what they show. An editor's text equals one of them as long as nothing was typed. */
  readonly handedOut: Map<string, Image>;
  /** What the editor's text began as: the base of the merge at saving. */
  base?: Image;
  latest?: Image;
  mtime: number;
  /** While a save goes on: what VS Code asks for when it has written, which must be of the text that it wrote. */
  written?: { readonly mtime: number; readonly size: number };
}

const remembered = 16;

/**
 * The file system `cloud-image:`. Reading is GET, saving is the smallest PATCH. VS Code's own guard against lost updates
 * misses changes of the same length, so saving merges by property with what the cloud has by then, or refuses.
 */
export class ImageFileSystem implements vscode.FileSystemProvider {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #refusals = vscode.languages.createDiagnosticCollection('cloud-images-refused');
  readonly #opened = new Map<string, Opened>();
  readonly #rebased = new vscode.EventEmitter<vscode.Uri>();
  /** What an open document counts as an edit of has changed. */
  readonly onDidRebase = this.#rebased.event;
  readonly #subscriptions: { dispose(): void }[];

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      this.#changed,
      this.#rebased,
      this.#refusals,
      context.images.onDidChange((id) => this.#announce(id)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#noteText(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#noteText(document)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#announceSaved(uri)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#refusals.delete(uri);
        this.#opened.delete(uri.toString());
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  watch(): vscode.Disposable {
    return vscode.Disposable.from(this.#context.images.watch());
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    if (!imageOfUri(uri)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    const image = await this.#fetch(uri);
    const { mtime, written } = this.#known(uri);
    const foreign = image.get('owner') !== this.#context.source.connection?.caller.account;
    return {
      type: vscode.FileType.File,
      ctime: Date.parse(String(image.get('created_at'))) || 0,
      mtime: written?.mtime ?? mtime,
      size: written?.size ?? Buffer.byteLength(textOf(image)),
      ...(foreign ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const image = await this.#fetch(uri);
    const text = textOf(image);
    const known = this.#known(uri);
    delete known.written;
    known.handedOut.delete(text);
    known.handedOut.set(text, image);
    const oldest = known.handedOut.keys().next();
    if (known.handedOut.size > remembered && !oldest.done) known.handedOut.delete(oldest.value);
    return Buffer.from(text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const source = decodeText(content);
    if ('fault' in source) throw vscode.FileSystemError.Unavailable(source.fault);
    const { text } = source;
    const mine = imageIn(text);
    if (!(mine instanceof Map)) throw vscode.FileSystemError.Unavailable(mine.problem);
    const known = this.#known(uri);
    const theirs = await this.#fetch(uri);
    const result = merge(known.base ?? assumedBase(mine, theirs), mine, theirs);
    if ('conflicts' in result) return this.#refuseConflict(uri, theirs, result.conflicts);
    const operations = diff(theirs, result.merged);
    if (operations.length > 0) await this.#patch(uri, operations, theirs, text);
    this.#setBase(uri, mine);
    known.written = { mtime: known.mtime, size: content.byteLength };
    this.#refusals.delete(uri);
  }

  /** What an open document's text is an edit of, also when the cloud is out of reach. */
  baseOf(uri: vscode.Uri): Image | undefined {
    const known = this.#opened.get(uri.toString());
    return known?.base ?? known?.latest;
  }

  /** The image as it is in the cloud now. */
  async liveText(uri: vscode.Uri): Promise<string> {
    return textOf(await this.#fetch(uri));
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  async #patch(
    uri: vscode.Uri,
    operations: readonly Operation[],
    theirs: Image,
    text: string,
  ): Promise<void> {
    const { id, cloud } = await this.#address(uri);
    const { images } = cloud;
    this.#context.log.info(`PATCH ${id}: ${JSON.stringify(operations)}`);
    try {
      const [first] = operations;
      const isTags = operations.length === 1 && first?.path === '/tags';
      const { caller, profile } = await this.#context.source.connect();
      const byRoute = isTags && !allows(profile, 'images', caller.roles, 'administer');
      if (byRoute)
        for (const call of tagCalls(id, theirs.get('tags'), first.value)) await makeCall(cloud, call);
      this.#remember(uri, byRoute ? await images.get(id) : await images.patch(id, operations));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#context.log.warn(`PATCH ${id} was refused: ${describe(error)} ${error.requestId ?? ''}`);
      if (error.status >= 400 && error.status < 500) this.#mark(uri, text, operations, error);
      throw error.status === 403
        ? vscode.FileSystemError.NoPermissions(describe(error))
        : vscode.FileSystemError.Unavailable(describe(error));
    }
  }

  /** Puts the cloud's words to the property that they are about. */
  #mark(uri: vscode.Uri, text: string, operations: readonly Operation[], error: CloudError): void {
    const lines = text.split('\n');
    const positionAt = (offset: number): vscode.Position => {
      let line = 0;
      for (let rest = offset; ; line++) {
        const length = (lines[line]?.length ?? 0) + 1;
        if (rest < length || line >= lines.length - 1)
          return new vscode.Position(line, Math.min(rest, length - 1));
        rest -= length;
      }
    };
    const diagnostics = refusedNames(operations, error.text).map((name) => {
      const { start, end } = placeOfProperty(text, name) ?? { start: 0, end: 1 };
      const range = new vscode.Range(positionAt(start), positionAt(end));
      const diagnostic = new vscode.Diagnostic(range, describe(error), vscode.DiagnosticSeverity.Error);
      diagnostic.source = 'Cloud';
      if (error.rule) diagnostic.code = error.rule;
      return diagnostic;
    });
    this.#refusals.set(uri, diagnostics);
  }

  #refuseConflict(uri: vscode.Uri, theirs: Image, conflicts: readonly string[]): never {
    const names = conflicts.join(', ');
    void this.#context.ui
      .complain(`${names}: changed both here and in the cloud since this was opened.`, 'Compare', 'Keep Mine')
      .then(async (action) => {
        if (action === undefined) return;
        this.#setBase(uri, settled(this.baseOf(uri) ?? theirs, theirs, conflicts));
        if (action === 'Compare') await vscode.commands.executeCommand('cloudImages.images.compare', uri);
        else await vscode.workspace.save(uri);
      });
    throw vscode.FileSystemError.Unavailable(`Changed in the cloud meanwhile: ${names}.`);
  }

  async #fetch(uri: vscode.Uri): Promise<Image> {
    const { id, cloud } = await this.#address(uri);
    try {
      const image = await cloud.images.get(id);
      this.#remember(uri, image);
      return image;
    } catch (error) {
      if (error instanceof CloudError && error.status === 404) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(describe(error));
    }
  }

  /** A document of the last session is asked for before the window has joined its cloud. */
  async #address(uri: vscode.Uri): Promise<{ id: string; cloud: Cloud }> {
    const place = imageOfUri(uri);
    if (!place) throw vscode.FileSystemError.FileNotFound(uri);
    await this.#context.source.settled();
    const cloud = this.#context.source.connection?.cloud;
    if (!cloud) throw vscode.FileSystemError.Unavailable('No cloud is connected.');
    const there = cloud.region === place.region ? cloud : cloud.inRegion(place.region);
    return { id: place.id, cloud: there };
  }

  #setBase(uri: vscode.Uri, base: Image): void {
    const known = this.#known(uri);
    if (known.base === base) return;
    known.base = base;
    this.#rebased.fire(uri);
  }

  /** Keeps `mtime` growing with every revision, also within the second that the API's times count in. */
  #remember(uri: vscode.Uri, image: Image): void {
    const known = this.#known(uri);
    if (known.latest && textOf(known.latest) === textOf(image)) return;
    known.latest = image;
    known.mtime = Math.max(Date.parse(String(image.get('updated_at'))) || 0, known.mtime + 1);
  }

  #known(uri: vscode.Uri): Opened {
    const key = uri.toString();
    const known = this.#opened.get(key) ?? { handedOut: new Map(), mtime: 0 };
    this.#opened.set(key, known);
    return known;
  }

  /**
   * Whether a document is clean cannot be asked at the moment of an edit, since VS Code marks it dirty later; that its text
   * is one that was handed out can.
   */
  #noteText(document: vscode.TextDocument): void {
    if (document.uri.scheme !== imageScheme) return;
    const base = this.#opened.get(document.uri.toString())?.handedOut.get(document.getText());
    if (!base) return;
    this.#setBase(document.uri, base);
    this.#refusals.delete(document.uri);
  }

  /** The cloud has set `updated_at` at least; with a time of its own the new revision is read into the editor. */
  #announceSaved(uri: vscode.Uri): void {
    const known = this.#opened.get(uri.toString());
    if (!known?.written) return;
    delete known.written;
    known.mtime += 1;
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  #announce(id: string | undefined): void {
    const uris = [...this.#opened.keys()].map((key) => vscode.Uri.parse(key));
    const events = uris
      .filter((uri) => id === undefined || imageOfUri(uri)?.id === id)
      .map((uri) => ({ type: vscode.FileChangeType.Changed, uri }));
    if (events.length > 0) this.#changed.fire(events);
  }
}

/**
 * Of a text that was restored from an earlier session it is not known what it began as. It is taken as an edit of the present
 * image, but what only the service sets is not taken for an edit.
 */
function assumedBase(mine: Image, theirs: Image): Image {
  const base = new Map(theirs);
  for (const [name, value] of mine) if (classOf(name) === 'read-only') base.set(name, value);
  return base;
}

/** The base of an edit that shall win over the cloud's for some properties: as if it had been made knowing the cloud's. */
function settled(base: Image, theirs: Image, names: readonly string[]): Image {
  const result = new Map(base);
  for (const name of names) {
    const value = theirs.get(name);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}
