import type * as vscode from 'vscode';
import type { Connections } from './connections.ts';
import type { EmulatorProcess } from './emulatorProcess.ts';
import type { Live } from './live.ts';
import type { LiveImage } from './liveImages.ts';
import type { LiveTask } from './liveTasks.ts';
import type { Ui } from './ui.ts';

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
}
