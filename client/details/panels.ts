import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import { pageOptions } from '../pictures/openPage.ts';
import { DetailsPanel, nameTab } from './panel.ts';
import type { KeptDetails, Subject } from './protocol.ts';

/** The type of the panels, as package.json's activation events name it. */
const viewType = 'cloudImages.details';

/** The details pages that are open: one for each thing. */
export class DetailsPanels {
  readonly #context: Context;
  readonly #open = new Map<string, DetailsPanel>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Opens the page of something in the shown cloud beside the editor, or brings the one that is open into sight. */
  async show(subject: Pick<Subject, 'kind' | 'id'>, title: string): Promise<void> {
    const { cloudId, cloud } = await this.#context.source.connect();
    const whole: Subject = { ...subject, cloudId, region: cloud.region };
    const open = this.#open.get(nameSubject(whole));
    if (open) {
      open.reveal();
      return;
    }
    const { Beside } = vscode.ViewColumn;
    const isEmpty = vscode.window.tabGroups.all.every(({ tabs }) => tabs.length === 0);
    const column = isEmpty ? vscode.ViewColumn.Active : Beside;
    this.#add(vscode.window.createWebviewPanel(viewType, nameTab(title), column, pageOptions), whole);
  }

  /** Fills a panel that was open before the window was loaded again. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const subject = readSubject(state);
    if (subject && !this.#open.has(nameSubject(subject))) this.#add(panel, subject);
    else panel.dispose();
  }

  dispose(): void {
    for (const panel of this.#open.values()) panel.dispose();
  }

  #add(panel: vscode.WebviewPanel, subject: Subject): void {
    panel.iconPath = vscode.Uri.joinPath(this.#context.pictures, '..', '..', 'media', 'icon.png');
    const made = new DetailsPanel(this.#context, panel, subject, {
      open: (other) => this.show(other, other.id),
      move: (from, to) => this.#move(from, to),
    });
    this.#open.set(nameSubject(subject), made);
    panel.onDidDispose(() => {
      this.#open.delete(nameSubject(made.subject));
      made.dispose();
    });
  }

  #move(from: Subject, to: Subject): boolean {
    const panel = this.#open.get(nameSubject(from));
    if (!panel || this.#open.has(nameSubject(to))) return false;
    this.#open.delete(nameSubject(from));
    this.#open.set(nameSubject(to), panel);
    return true;
  }
}

function nameSubject({ kind, id, cloudId, region }: Subject): string {
  return [cloudId, region, kind, id].join(' ');
}

/** Reads what a page kept of itself; a page of an earlier version may have kept something else. */
function readSubject(state: unknown): Subject | undefined {
  const { own } = (state ?? {}) as { own?: Partial<KeptDetails> };
  const subject: Partial<Subject> = own?.subject ?? {};
  const { kind, id, cloudId, region } = subject;
  if (kind !== 'image' && kind !== 'task' && kind !== 'server') return undefined;
  return id && cloudId && region ? { kind, id, cloudId, region } : undefined;
}
