import type * as vscode from 'vscode';
import type { Connections } from './cloud/connections.ts';
import type { Live } from './cloud/live.ts';
import type { LiveImage } from './cloud/liveImages.ts';
import type { LiveTask } from './cloud/liveTasks.ts';
import type { EmulatorProcess } from './emulator/emulatorProcess.ts';
import type { PlanDocuments } from './manifests/planDocuments.ts';
import type { RunMarks } from './manifests/runMarks.ts';
import type { Ui } from './ui/ui.ts';
import type { FileNode } from './views/files/fileNode.ts';

/** What commands, views and documents work with. */
export interface Context {
  readonly log: vscode.LogOutputChannel;
  readonly ui: Ui;
  readonly emulator: EmulatorProcess;
  readonly connections: Connections;
  readonly images: Live<LiveImage>;
  readonly tasks: Live<LiveTask>;
  /** Brings a task's row into sight. */
  showTask(id: string): Promise<void>;
  readonly plans: PlanDocuments;
  readonly marks: RunMarks;
  readonly files: {
    refresh(): void;
    showMore(row: Extract<FileNode, { is: 'more' }>): void;
    /** Brings an object's row into sight. Throws where there is none. */
    show(container: string, name: string): Promise<void>;
  };
}
