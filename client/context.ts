import type * as vscode from 'vscode';
import type { Connections } from './connections.ts';
import type { EmulatorProcess } from './emulatorProcess.ts';
import type { Live } from './live.ts';
import type { LiveImage } from './liveImages.ts';
import type { LiveTask } from './liveTasks.ts';
import type { PlanDocuments } from './plans.ts';
import type { RunMarks } from './runMarks.ts';
import type { Ui } from './ui.ts';
import type { FileNode } from './views/fileNodes.ts';

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
