import type * as vscode from 'vscode';
import type { ExchangeLog } from '../server/cloud/http/exchanges.ts';
import type { CloudSource } from './cloud/cloudSource.ts';
import type { Clouds } from './cloud/clouds.ts';
import type { Collection } from './cloud/collection.ts';
import type { LiveImage } from './cloud/imageCollection.ts';
import type { ImageNames } from './cloud/imageNames.ts';
import type { MemberIndex } from './cloud/memberIndex.ts';
import type { LiveServer } from './cloud/serverCollection.ts';
import type { LiveTask } from './cloud/taskCollection.ts';
import type { Subject } from './details/protocol.ts';
import type { Sightings } from './details/sightings.ts';
import type { Verdicts } from './details/verdicts.ts';
import type { Resolution } from './documents/saveConflict.ts';
import type { EmulatorProcess } from './emulator/emulatorProcess.ts';
import type { PlanDocuments } from './manifests/planDocuments.ts';
import type { RunMarks } from './manifests/runMarks.ts';
import type { Ui } from './ui/ui.ts';
import type { MoreNode } from './views/files/fileNode.ts';
import type { InFocus } from './views/focusedRows.ts';
import type { Browsing } from './views/images/browsing.ts';
import type { RequestsView } from './views/requests/requestsView.ts';

/** The parts of the extension that commands, views and documents work with. */
export interface Context {
  readonly log: vscode.LogOutputChannel;
  readonly ui: Ui;
  restartLanguageServer(): Promise<void>;
  /** Path of dist/cli.js. */
  readonly cli: string;
  /** The folder dist/pictures, from which webviews take their pages. */
  readonly pictures: vscode.Uri;
  /** Path of the page of rules. */
  readonly rulesPage: string;
  /** The cloud that is shown. */
  readonly source: CloudSource;
  /** The clouds that can be shown in its place. */
  readonly clouds: Clouds;
  readonly images: Collection<LiveImage>;
  readonly tasks: Collection<LiveTask>;
  readonly servers: Collection<LiveServer>;
  readonly imageNames: ImageNames;
  /** With whom the account's images are shared. */
  readonly members: MemberIndex;
  /** How the images are grouped, sorted and filtered. */
  readonly browsing: Browsing;
  /** For commands about the emulator itself. */
  readonly emulator: EmulatorProcess;
  /** What this window asked of clouds. */
  readonly exchanges: ExchangeLog;
  /** The view of what was asked. */
  readonly requests: RequestsView;
  /** Brings a task's row into sight. */
  showTask(id: string): Promise<void>;
  /** What this window has seen change. */
  readonly sightings: Sightings;
  /** What *Verify* has found. */
  readonly verdicts: Verdicts;
  /** Opens details pages. */
  readonly details: { show(subject: Pick<Subject, 'kind' | 'id'>, title: string): Promise<void> };
  readonly plans: PlanDocuments;
  readonly marks: RunMarks;
  /** Ends conflicts of opened images with the cloud. */
  readonly documents: { resolve(image: vscode.Uri, resolution: Resolution): Promise<void> };
  /** Compares manifests with the live images. */
  readonly drift: { compare(manifest: vscode.Uri): Promise<void> };
  /** The rows that a key of a tree is for. */
  focusedRows(place: InFocus): Promise<readonly unknown[]>;
  readonly files: {
    /** `changed`: containers that were changed, whose counts the cloud's list may not know yet. */
    refresh(...changed: readonly string[]): void;
    showMore(row: MoreNode): void;
    /** Brings an object's row into sight. Throws where there is none. */
    show(container: string, name: string): Promise<void>;
  };
}
