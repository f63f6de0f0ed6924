import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Cloud } from '../../server/cloud/cloud.ts';
import { makeCall } from '../../server/cloud/run/call.ts';
import { isTagChange, planTagCalls } from '../../server/cloud/run/imagePlan.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { decodeText } from '../../server/manifests/encoding.ts';
import { classOf } from '../../server/rules/service/attributes.ts';
import { diff, merge } from '../../server/rules/service/differences.ts';
import type { Operation } from '../../server/rules/service/patchBody.ts';
import type { Context } from '../context.ts';
import { describeError } from '../ui/errors.ts';
import { formatImage, formatOf, parseImage } from './imageText.ts';
import { imageScheme, isOfAnotherCloud, parseImageUri } from './imageUri.ts';
import { markRefusal } from './refusedSave.ts';
import {
  markConflict,
  offerResolutions,
  openMerge,
  type Resolution,
  readSide,
  resolutions,
  resolutionTitles,
  type SaveConflict,
  takeOver,
  takeTheirs,
} from './saveConflict.ts';

type Needs = Pick<Context, 'source' | 'clouds' | 'images' | 'log' | 'ui'>;

/** State of one document in this window. */
interface Opened {
  /** Texts that were handed out, with what they show. An editor's text equals one of them as long as nothing was typed. */
  readonly handedOut: Map<string, Image>;
  /** The image that the editor's text is an edit of: the base of the merge at saving. */
  base?: Image;
  latest?: Image;
  /** What the last save has met. */
  conflict?: SaveConflict;
  /** The person is being asked about it. */
  asking?: boolean;
  /** The person is at merging it. */
  merging?: 'opening' | 'open';
  mtime: number;
  /** Time and size of the text that VS Code was told of last. */
  told?: Told;
  /** During a save, those of the text that VS Code wrote, for which it asks next. */
  written?: Told;
}

interface Told {
  readonly mtime: number;
  readonly size: number;
}

const remembered = 16;

/**
 * The file system `cloud-image:`. Reading is GET, saving is the smallest PATCH. VS Code's own guard against lost updates
 * misses changes of the same length and knows no properties, so saving merges by property with the cloud's present image, or
 * refuses.
 */
export class ImageFileSystem implements vscode.FileSystemProvider {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #refusals = vscode.languages.createDiagnosticCollection('cloud-images-refused');
  readonly #opened = new Map<string, Opened>();
  readonly #rebased = new vscode.EventEmitter<vscode.Uri>();
  /** Fires when the base of an open document has changed. */
  readonly onDidRebase = this.#rebased.event;
  readonly #subscriptions: { dispose(): void }[];
  /** Clouds that the person is just asked to connect to. */
  readonly #offered = new Set<string>();

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions = [
      this.#changed,
      this.#rebased,
      this.#refusals,
      context.images.onDidChange((id) => this.#announce(id)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#noteText(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#refusals.delete(document.uri); // it speaks of another text
        this.#noteText(document);
      }),
      offerResolutions(),
      vscode.workspace.onWillSaveTextDocument((saving) => this.#noteSaving(saving)),
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
    return vscode.Disposable.from(this.#context.source.watch('image'));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    if (!parseImageUri(uri)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    const image = await this.#fetch(uri);
    const opened = this.#open(uri);
    const { mtime, told, written } = opened;
    const live = { mtime, size: Buffer.byteLength(formatImage(image, formatOf(uri.path))) };
    // Where the time told of an edited text moved on, VS Code would offer to overwrite the cloud's before it asks to write.
    opened.told = written ?? (isDirty(uri) ? (told ?? live) : live);
    const foreign = image.get('owner') !== this.#context.source.connection?.caller.account;
    return {
      type: vscode.FileType.File,
      ctime: Date.parse(String(image.get('created_at'))) || 0,
      ...opened.told,
      ...(foreign ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const image = await this.#fetch(uri);
    const text = formatImage(image, formatOf(uri.path));
    const opened = this.#open(uri);
    delete opened.written;
    opened.handedOut.delete(text);
    opened.handedOut.set(text, image);
    const oldest = opened.handedOut.keys().next();
    if (opened.handedOut.size > remembered && !oldest.done) opened.handedOut.delete(oldest.value);
    return Buffer.from(text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const source = decodeText(content);
    if ('fault' in source) throw vscode.FileSystemError.Unavailable(source.fault);
    const { text } = source;
    const mine = parseImage(text, formatOf(uri.path));
    if (!(mine instanceof Map)) throw vscode.FileSystemError.Unavailable(mine.problem);
    const opened = this.#open(uri);
    void this.#offerOther(uri);
    const theirs = await this.#fetch(uri);
    const base = opened.base ?? assumeBase(mine, theirs);
    const result = merge(base, mine, theirs);
    if ('conflicts' in result)
      return this.#refuseConflict(uri, { names: result.conflicts, base, theirs, text });
    const operations = diff(theirs, result.merged);
    if (operations.length > 0) await this.#patch(uri, operations, theirs, text);
    this.#setBase(uri, mine);
    opened.written = { mtime: opened.mtime, size: content.byteLength };
    delete opened.conflict;
    delete opened.asking;
    delete opened.merging;
    this.#refusals.delete(uri);
  }

  /** Returns the image that an open document's text is an edit of, also when the cloud is out of reach. */
  findBase(uri: vscode.Uri): Image | undefined {
    const opened = this.#opened.get(uri.toString());
    return opened?.base ?? opened?.latest;
  }

  /** Returns the text of the image as it is in the cloud now, or of one side of a conflict. */
  async liveText(uri: vscode.Uri): Promise<string> {
    const own = uri.with({ scheme: imageScheme, query: '' }).toString();
    const side = readSide(uri, this.#opened.get(own)?.conflict);
    if (side !== undefined) return side;
    return formatImage(await this.#fetch(uri), formatOf(uri.path));
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
      const byRoute = isTagChange(operations, await this.#context.source.connect());
      if (byRoute)
        for (const call of planTagCalls(id, theirs.get('tags'), operations[0]?.value))
          await makeCall(cloud, call);
      this.#remember(uri, byRoute ? await images.get(id) : await images.patch(id, operations));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#context.log.warn(`PATCH ${id} was refused: ${describeError(error)} ${error.requestId ?? ''}`);
      if (error.status >= 400 && error.status < 500)
        this.#refusals.set(
          uri,
          markRefusal({ uri, text, operations, error, theirs }, this.#context.source.connection),
        );
      throw error.status === 403
        ? vscode.FileSystemError.NoPermissions(describeError(error))
        : vscode.FileSystemError.Unavailable(describeError(error));
    }
  }

  /** Resolves a conflict that a save has met. Throws where there is none. */
  async resolve(uri: vscode.Uri, resolution: Resolution): Promise<void> {
    const conflict = this.#open(uri).conflict;
    if (!conflict) throw new Error(t('Nothing conflicts: save the image again.'));
    if (resolution === 'merge') {
      const opened = this.#open(uri);
      opened.merging = 'opening';
      // A comparison does not begin by saving: the next save is the person's.
      if ((await openMerge(uri, conflict)) === 'diff') opened.merging = 'open';
      return;
    }
    this.#endConflict(uri, conflict);
    if (resolution === 'theirs') await takeTheirs(uri, conflict);
    await vscode.workspace.save(uri);
  }

  /** Goes on as if the person had begun to edit what the cloud has now. */
  #endConflict(uri: vscode.Uri, { base, theirs, names }: SaveConflict): void {
    this.#setBase(uri, takeOver(base, theirs, names));
  }

  /**
   * A merge ends by saving it; what the editor saves by itself meanwhile is half of one. The merge editor itself begins by
   * saving, as if the person did.
   */
  #noteSaving({ document: { uri }, reason }: vscode.TextDocumentWillSaveEvent): void {
    const opened = this.#opened.get(uri.toString());
    if (!opened?.merging || !opened.conflict || reason !== vscode.TextDocumentSaveReason.Manual) return;
    if (opened.merging === 'opening') {
      opened.merging = 'open';
      return;
    }
    delete opened.merging;
    this.#endConflict(uri, opened.conflict);
  }

  /** Asks once, however often the editor tries to save by itself. */
  #refuseConflict(uri: vscode.Uri, conflict: SaveConflict): never {
    const opened = this.#open(uri);
    opened.conflict = conflict;
    this.#refusals.set(uri, markConflict(uri, conflict));
    const names = conflict.names.join(', ');
    if (!opened.asking) void this.#ask(uri, opened, names);
    throw vscode.FileSystemError.Unavailable(t`The cloud has changed ${names} in the meantime.`);
  }

  async #ask(uri: vscode.Uri, opened: Opened, names: string): Promise<void> {
    opened.asking = true;
    const question = t`Changed both here and in the cloud since the image was opened: ${names}.`;
    const action = await this.#context.ui.complain(question, ...Object.values(resolutionTitles));
    opened.asking = false;
    const resolution = resolutions.find((one) => resolutionTitles[one] === action);
    if (resolution)
      await vscode.commands.executeCommand('cloudImages.images.resolveConflict', uri, resolution);
  }

  async #fetch(uri: vscode.Uri): Promise<Image> {
    const { id, cloud } = await this.#address(uri);
    try {
      const image = await cloud.images.get(id);
      this.#remember(uri, image);
      return image;
    } catch (error) {
      if (error instanceof CloudError && error.status === 404) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(describeError(error));
    }
  }

  /** Waits for the cloud, since VS Code opens the documents of the last session before the window is connected. */
  async #address(uri: vscode.Uri): Promise<{ id: string; cloud: Cloud }> {
    const place = parseImageUri(uri);
    if (!place) throw vscode.FileSystemError.FileNotFound(uri);
    const other = this.#findOther(uri);
    if (other) throw vscode.FileSystemError.Unavailable(other.reason);
    await this.#context.source.settled();
    const cloud = this.#context.source.connection?.cloud;
    if (!cloud) throw vscode.FileSystemError.Unavailable(t('No cloud is connected.'));
    const there = cloud.region === place.region ? cloud : cloud.inRegion(place.region);
    return { id: place.id, cloud: there };
  }

  /** The cloud that the image belongs to, where another is shown. */
  #findOther(
    uri: vscode.Uri,
  ): { readonly label: string; readonly id?: string; readonly reason: string } | undefined {
    const { clouds, source } = this.#context;
    if (!isOfAnotherCloud(uri, source.id)) return undefined;
    const known = clouds.list().clouds.find(({ id }) => !isOfAnotherCloud(uri, id));
    const label = known?.label ?? uri.authority;
    const reason = t`This image belongs to ${label}, and ${source.label} is shown. Connect to ${label} to see and save it.`;
    return { label, reason, ...(known ? { id: known.id } : {}) };
  }

  /** Offers to connect to the cloud of an image that is saved, while another is shown. */
  async #offerOther(uri: vscode.Uri): Promise<void> {
    const { label, id, reason } = this.#findOther(uri) ?? {};
    if (id === undefined || reason === undefined || this.#offered.has(id)) return;
    this.#offered.add(id);
    const chosen = await this.#context.ui.complain(reason, t`Connect to ${label ?? ''}`);
    this.#offered.delete(id);
    if (chosen !== undefined) await vscode.commands.executeCommand('cloudImages.connect', id);
  }

  #setBase(uri: vscode.Uri, base: Image): void {
    const opened = this.#open(uri);
    if (opened.base === base) return;
    opened.base = base;
    this.#rebased.fire(uri);
  }

  /** Keeps `mtime` growing with every revision, also within the second that the API's times count in. */
  #remember(uri: vscode.Uri, image: Image): void {
    const opened = this.#open(uri);
    if (opened.latest && formatImage(opened.latest) === formatImage(image)) return;
    opened.latest = image;
    opened.mtime = Math.max(Date.parse(String(image.get('updated_at'))) || 0, opened.mtime + 1);
  }

  #open(uri: vscode.Uri): Opened {
    const key = uri.toString();
    const opened = this.#opened.get(key) ?? { handedOut: new Map(), mtime: 0 };
    this.#opened.set(key, opened);
    return opened;
  }

  /**
   * Recognises a clean document by its text, which is one that was handed out. VS Code marks it dirty only after the edit.
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
    const opened = this.#opened.get(uri.toString());
    if (!opened?.written) return;
    delete opened.written;
    opened.mtime += 1;
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  #announce(id: string | undefined): void {
    const uris = [...this.#opened.keys()].map((key) => vscode.Uri.parse(key));
    const events = uris
      // What is of another cloud stays as it was read.
      .filter((uri) => !isOfAnotherCloud(uri, this.#context.source.id))
      .filter((uri) => id === undefined || parseImageUri(uri)?.id === id)
      .map((uri) => ({ type: vscode.FileChangeType.Changed, uri }));
    if (events.length > 0) this.#changed.fire(events);
  }
}

function isDirty(uri: vscode.Uri): boolean {
  const key = uri.toString();
  return vscode.workspace.textDocuments.some(
    (document) => document.isDirty && document.uri.toString() === key,
  );
}

/**
 * Takes a text that was restored from an earlier session, whose base is not known, for an edit of the present image. What only
 * the service sets counts as no edit.
 */
function assumeBase(mine: Image, theirs: Image): Image {
  const base = new Map(theirs);
  for (const [name, value] of mine) if (classOf(name) === 'read-only') base.set(name, value);
  return base;
}
