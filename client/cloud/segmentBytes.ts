import * as vscode from 'vscode';

/** The size of the segments that files are cut into, and above which they are; undefined where Cloud Files' own limit decides. */
export function readSegmentBytes(): number | undefined {
  const megabytes = vscode.workspace.getConfiguration('cloudImages').get('files.segmentMegabytes', 0);
  return megabytes > 0 ? megabytes * 2 ** 20 : undefined;
}
