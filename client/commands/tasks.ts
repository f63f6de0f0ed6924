import * as vscode from 'vscode';

export async function copyTaskMessage(node: unknown): Promise<void> {
  if (typeof node !== 'object' || node === null || !('task' in node)) return;
  const { task } = node;
  if (typeof task === 'object' && task !== null && 'message' in task) {
    await vscode.env.clipboard.writeText(String(task.message));
  }
}
