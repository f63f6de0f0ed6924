import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { BlockMap } from '../../server/disks/blockStates.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import { type OpenPage, openPage } from '../pictures/openPage.ts';
import { describeError } from '../ui/errors.ts';
import type { Follower } from './follower.ts';
import type { DetailsPage, FromDetails, Subject, ToDetails } from './protocol.ts';
import { followSubject } from './subjects.ts';

/** What a panel asks of those who keep all of them. */
export interface Neighbours {
  open(subject: Pick<Subject, 'kind' | 'id'>): Promise<void>;
  /** Tells that a panel is of something else now; false where that has a panel already. */
  move(from: Subject, to: Subject): boolean;
}

/** A details page in its panel. It reads and follows while it is seen, and keeps what it knows while it is not. */
export class DetailsPanel {
  readonly #context: Context;
  readonly #panel: vscode.WebviewPanel;
  readonly #page: OpenPage<ToDetails>;
  readonly #neighbours: Neighbours;
  /** When it was asked for, until its first content stands. */
  #asked: number | undefined = performance.now();
  readonly #subscriptions: { dispose(): void }[];
  #subject: Subject;
  #follower: Follower | undefined;
  #watches: { dispose(): void }[] = [];
  /** What was shown last, which stays where the cloud is not shown any more. */
  #shown: DetailsPage | undefined;
  #maps: ReadonlyMap<string, BlockMap> = new Map();
  /** Of those, what the page has been told since it loaded. */
  readonly #sent = new Map<string, BlockMap>();

  constructor(context: Context, panel: vscode.WebviewPanel, subject: Subject, neighbours: Neighbours) {
    this.#context = context;
    this.#panel = panel;
    this.#subject = subject;
    this.#neighbours = neighbours;
    this.#page = openPage<ToDetails, FromDetails>(panel.webview, {
      pictures: context.pictures,
      room: 'details',
      title: panel.title,
      log: context.log,
      loaded: () => {
        this.#sent.clear();
        this.#begin();
      },
      receive: (message) => void this.#receive(message).catch((error: unknown) => this.#complain(error)),
    });
    const { images, tasks, servers, source, verdicts } = context;
    const refresh = (): void => this.#refresh();
    this.#subscriptions = [
      images.onDidChange(refresh),
      tasks.onDidChange(refresh),
      servers.onDidChange(refresh),
      verdicts.onDidChange(refresh),
      source.onDidReport((change) => {
        if (this.#follower?.note(change)) this.#refresh();
      }),
      source.onDidChangeState(() => this.#begin()),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#rest();
      }),
    ];
    // While its script loads, what it will show is read.
    this.#begin();
  }

  get subject(): Subject {
    return this.#subject;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#rest();
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#page.dispose();
  }

  /** Shows what is known, and follows it from now on, where its cloud and region are shown. */
  #begin(): void {
    if (!this.#panel.visible) return;
    const { source, images, tasks, servers } = this.#context;
    const { connection } = source;
    if (this.#watches.length === 0) this.#watches = [images.watch(), tasks.watch(), servers.watch()];
    if (!connection || !isOf(connection, this.#subject)) {
      this.#follower?.dispose();
      this.#follower = undefined;
      this.#show(this.#describeAbsence(connection));
      return;
    }
    if (this.#follower?.connection !== connection) {
      this.#follower?.dispose();
      // What one has still asked for when another takes its place is of the cloud that was shown before.
      const follower: Follower = followSubject(this.#context, connection, this.#subject, {
        show: (page, maps) => {
          if (this.#follower === follower) this.#show(page, maps);
        },
        becomes: (subject) => {
          if (this.#follower === follower) this.#become(subject);
        },
      });
      this.#follower = follower;
    }
    if (this.#shown) this.#post(this.#shown);
    this.#refresh();
  }

  /** Reads what may have changed, for a page that is seen; one that comes into sight begins with that. */
  #refresh(): void {
    if (!this.#panel.visible) return;
    this.#follower?.refresh().catch((error: unknown) => this.#complain(error));
  }

  #rest(): void {
    for (const watch of this.#watches) watch.dispose();
    this.#watches = [];
    this.#follower?.rest();
  }

  #show(page: DetailsPage, maps = this.#maps): void {
    this.#shown = page;
    this.#maps = maps;
    this.#panel.title = nameTab(page.title);
    this.#post(page);
  }

  #post(page: DetailsPage): void {
    for (const [id, map] of this.#maps)
      if (this.#sent.get(id) !== map) {
        this.#sent.set(id, map);
        this.#page.post({ kind: 'map', id, map });
      }
    this.#page.post({ kind: 'show', subject: this.#subject, page });
  }

  /** An import has made its image: from now on the page is of that. */
  #become(to: Subject): void {
    if (!this.#neighbours.move(this.#subject, to)) return;
    this.#subject = to;
    this.#follower?.dispose();
    this.#follower = undefined;
    this.#begin();
  }

  #describeAbsence(connection: Connection | undefined): DetailsPage {
    const { id, region } = this.#subject;
    const before = this.#shown ?? { title: id, status: '', sections: [] };
    const notice = connection
      ? t`It is in ${region}, and another cloud, region or account is shown now. What stands here was known before.`
      : t('No cloud is connected. What stands here was known before.');
    const actions = connection ? [] : [{ id: 'connect', title: t('Connect') }];
    return { ...before, notice, actions };
  }

  async #receive(message: FromDetails): Promise<void> {
    switch (message.kind) {
      case 'drawn': {
        if (this.#asked === undefined) return;
        const took = Math.round(performance.now() - this.#asked);
        this.#asked = undefined;
        this.#context.log.info(`The details of ${this.#panel.title} stood after ${took} ms.`);
        return;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'read':
        await this.#follower?.read(message.section);
        return;
      case 'act':
        if (!this.#offers(message.action)) return;
        if (message.action === 'connect') await this.#context.source.connect();
        else await this.#follower?.act(message.action);
        return;
      case 'open':
        await this.#open(message.what);
    }
  }

  #offers(action: string): boolean {
    const found = this.#shown?.actions.find(({ id }) => id === action);
    return found !== undefined && found.reason === undefined;
  }

  async #open(what: string): Promise<void> {
    const [kind = '', id = '', ...rest] = what.split('/');
    if (kind === 'object') await this.#context.files.show(id, rest.join('/'));
    else if (kind === 'image' || kind === 'task' || kind === 'server')
      await this.#neighbours.open({ kind, id });
  }

  #complain(error: unknown): void {
    this.#context.log.error(
      `Details: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    void this.#context.ui.complain(describeError(error));
  }
}

function isOf({ cloudId, cloud: { region } }: Connection, subject: Subject): boolean {
  return cloudId === subject.cloudId && region === subject.region;
}

/** Names a tab: a long name leaves no room for others. */
export function nameTab(title: string): string {
  return t`${title.length > 40 ? `${title.slice(0, 39)}…` : title} · Details`;
}
